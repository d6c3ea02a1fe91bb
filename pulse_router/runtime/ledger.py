"""The books: what came in must equal what it became, and nothing may vanish without a reason.

    received = stored + rejected + duplicate + dropped + in hand
    matched = written + delivered + pending + dead-lettered + replayed + discarded

Each side of an equation is counted by someone else, so that a message that gets lost on the way
shows. It knows neither where the counts are kept nor who makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

NOBODY: Final = "*"
"""Under this name stands what belongs to no tenant, or to all; no tenant can be called so."""

OTHERS: Final = "(others)"
"""Under this name stand the tenants that are not told by name."""

RECEIVED_ENDS: Final = ("stored", "rejected", "duplicate", "dropped")
BESIDE: Final = "over_limit"
"""What would have been matches, had they not been beyond what a tenant's message may have."""
MATCHED_ENDS: Final = ("written", "delivered", "pending", "dead_lettered", "replayed", "discarded")

STOCKS: Final = frozenset({"in_hand", "pending", "dead_lettered"})
"""These counts go down again; the others only grow."""


@attrs.frozen
class Figures:
    """The counts of one moment.

    Attributes:
        tenants: Counts by tenant and name. `NOBODY` has `received`, `dropped` and `matched` in
            all; the tenants have the rest, with `queued`, the matches that became deliveries, and
            `buried`, the deliveries that became dead letters.
        pending_is_exact: Whether the pending deliveries were counted to the end.
        dead_lettered_is_exact: Whether the dead letters were.
    """

    tenants: Mapping[str, Mapping[str, int]] = attrs.field(factory=dict)
    pending_is_exact: bool = True
    dead_lettered_is_exact: bool = True

    def total(self, name: str) -> int:
        """Add up one count over all tenants."""
        return sum(counts.get(name, 0) for counts in self.tenants.values())


@attrs.frozen
class InHand:
    """What this process has read and committed since it started, each counted by its own part.

    Attributes:
        read: Messages that the MQTT client has read.
        unacknowledged: Those of them that it has not acknowledged yet.
        committed: Messages that the writer has committed, drops not counted.
        opened_with: `received` in the books when this process began.
        dropped: QoS 0 messages that the writer has committed as dropped.
    """

    read: int = 0
    unacknowledged: int = 0
    committed: int = 0
    opened_with: int = 0
    dropped: int = 0


@attrs.frozen
class Books:
    """The books of one moment, in total and by tenant.

    Attributes:
        totals: Counts by name.
        tenants: The same by tenant; the last one may be `OTHERS`.
        mismatch: By how much each equation is off, 0 when it balances, None when it cannot be
            told: too many deliveries are pending to count them.
    """

    totals: Mapping[str, int]
    tenants: Mapping[str, Mapping[str, int]]
    mismatch: Mapping[str, int | None]

    @property
    def balanced(self) -> bool:
        """Whether no equation is known to be off."""
        return not any(self.mismatch.values())


def draw_up(figures: Figures, in_hand: InHand) -> Books:
    """Draw up the books.

    Args:
        figures: What is persisted.
        in_hand: What this process counted, not later than `figures`.
    """
    committed = figures.total("received")
    matched = figures.total("matched")
    ends = {name: figures.total(name) for name in (*RECEIVED_ENDS, *MATCHED_ENDS)}
    is_exact = figures.pending_is_exact and figures.dead_lettered_is_exact
    since_start = in_hand.committed + in_hand.dropped
    return Books(
        totals={
            "received": committed + in_hand.unacknowledged,
            **{name: ends[name] for name in RECEIVED_ENDS},
            "in_hand": in_hand.unacknowledged,
            "matched": matched,
            **{name: ends[name] for name in MATCHED_ENDS},
            BESIDE: figures.total(BESIDE),
        },
        tenants={
            tenant_id: books_of_tenant(counts)
            for tenant_id, counts in figures.tenants.items()
            if tenant_id != NOBODY
        },
        mismatch={
            # Messages that entered a batch and are in none of its ends.
            "received": committed - sum(ends[name] for name in RECEIVED_ENDS),
            # Messages that were read and neither are in hand nor were committed.
            "in_hand": in_hand.read - in_hand.unacknowledged - in_hand.committed,
            # Messages that were committed and are not in the books: a lost commit.
            "persisted": max(0, in_hand.opened_with + since_start - committed),
            # Matches that nobody knows the end of.
            "matched": matched - sum(ends[name] for name in MATCHED_ENDS) if is_exact else None,
            # Dead letters that vanished.
            "buried": (
                figures.total("buried")
                - ends["dead_lettered"]
                - ends["replayed"]
                - ends["discarded"]
                if figures.dead_lettered_is_exact
                else None
            ),
        },
    )


def mismatch_of_tenant(
    counts: Mapping[str, int], *, is_exact: bool, dead_is_exact: bool
) -> dict[str, int | None]:
    """Tell by how much a tenant's equations are off, as `Books.mismatch` does for all together.

    Args:
        counts: Its counts, as in `Figures.tenants`.
        is_exact: Whether what is pending and the dead letters were counted to the end.
        dead_is_exact: Whether the dead letters were.
    """
    books = books_of_tenant(counts)
    dead = sum(books[name] for name in ("dead_lettered", "replayed", "discarded"))
    return {
        "matched": (
            books["matched"] - sum(books[name] for name in MATCHED_ENDS) if is_exact else None
        ),
        "buried": counts.get("buried", 0) - dead if dead_is_exact else None,
    }


def books_by_flows(counts: Mapping[str, int]) -> dict[str, int]:
    """Draw up a tenant's books of what has come and gone alone: what must be in stock then.

    Nothing is counted for it, so that it cannot be off; it costs the same, however much is pending.
    """
    ended = counts.get("replayed", 0) + counts.get("discarded", 0)
    buried = counts.get("buried", 0)
    pending = counts.get("queued", 0) - counts.get("delivered", 0) - buried
    return books_of_tenant({**counts, "pending": pending, "dead_lettered": buried - ended})


def books_of_tenant(counts: Mapping[str, int]) -> dict[str, int]:
    """Draw up a tenant's books.

    Args:
        counts: Its counts, as in `Figures.tenants`.
    """
    own = {name: counts.get(name, 0) for name in (*RECEIVED_ENDS[:3], *MATCHED_ENDS)}
    return {
        "received": sum(own[name] for name in RECEIVED_ENDS[:3]),
        "matched": own["written"] + counts.get("queued", 0),
        **own,
        BESIDE: counts.get(BESIDE, 0),
    }
