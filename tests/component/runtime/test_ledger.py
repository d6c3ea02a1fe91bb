"""The laws of the books: what one part counts and another does not is a mismatch."""

from __future__ import annotations

import attrs
import pytest

from pulse_router.domain.messages import IngestCommit, IngestCounts, Reason, Rejection
from pulse_router.runtime.ledger import NOBODY, OTHERS, Figures, InHand, draw_up
from pulse_router.stores.ingest.ledger import count_by_tenant
from tests.support.ingest.writer import NOW, delivery, message

FIGURES = Figures(
    tenants={
        NOBODY: {"received": 106, "dropped": 3, "matched": 33, "rejected": 1},
        "T1": {"stored": 90, "rejected": 4, "duplicate": 5, "written": 2, "queued": 28}
        | {"delivered": 20, "pending": 1, "dead_lettered": 3, "replayed": 2, "discarded": 2}
        | {"buried": 7},
        OTHERS: {"stored": 3, "queued": 3, "delivered": 3},
    }
)
IN_HAND = InHand(read=70, unacknowledged=10, committed=60, dropped=3, opened_with=43)


def test_books_that_balance_have_no_mismatch() -> None:
    books = draw_up(FIGURES, IN_HAND)
    assert books.mismatch == dict.fromkeys(books.mismatch, 0)
    assert books.balanced
    ends: tuple[str, ...] = ("stored", "rejected", "duplicate", "dropped", "in_hand")
    assert books.totals["received"] == sum(books.totals[name] for name in ends) == 116
    ends = (
        "written",
        "delivered",
        "pending",
        "dead_lettered",
        "replayed",
        "discarded",
    )
    assert books.totals["matched"] == sum(books.totals[name] for name in ends) == 33


def test_each_tenants_books_have_the_same_form_and_the_others_are_one() -> None:
    books = draw_up(FIGURES, IN_HAND)
    assert list(books.tenants) == ["T1", OTHERS]
    own = books.tenants["T1"]
    assert (own["received"], own["matched"], own["pending"]) == (99, 30, 1)


@pytest.mark.parametrize(
    ("name", "book"),
    [
        ("stored", "received"),
        ("rejected", "received"),
        ("duplicate", "received"),
        ("pending", "matched"),
        ("delivered", "matched"),
        ("written", "matched"),
    ],
)
def test_what_vanishes_from_the_tables_shows(name: str, book: str) -> None:
    tenants = {tenant_id: dict(counts) for tenant_id, counts in FIGURES.tenants.items()}
    tenants["T1"][name] -= 1
    books = draw_up(Figures(tenants), IN_HAND)
    assert {key: value for key, value in books.mismatch.items() if value} == {book: 1}
    assert not books.balanced


def test_a_dead_letter_that_vanishes_shows() -> None:
    tenants = {tenant_id: dict(counts) for tenant_id, counts in FIGURES.tenants.items()}
    tenants["T1"]["dead_lettered"] -= 1
    assert draw_up(Figures(tenants), IN_HAND).mismatch["buried"] == 1


@pytest.mark.parametrize(
    ("change", "book", "amount"),
    [
        ({"read": 71}, "in_hand", 1),
        ({"committed": 59}, "in_hand", 1),
        ({"opened_with": 45}, "persisted", 2),
    ],
)
def test_what_is_read_and_neither_in_hand_nor_stored_shows(
    change: dict[str, int], book: str, amount: int
) -> None:
    books = draw_up(FIGURES, attrs.evolve(IN_HAND, **change))
    assert books.mismatch[book] == amount


def test_what_other_routers_commit_is_no_mismatch() -> None:
    assert draw_up(FIGURES, InHand(opened_with=43, read=5, committed=5)).balanced


def test_a_backlog_too_long_to_count_is_no_mismatch() -> None:
    figures = attrs.evolve(FIGURES, pending_is_exact=False)
    books = draw_up(figures, IN_HAND)
    assert books.mismatch["matched"] is None
    assert books.balanced


def test_a_tenant_that_nobody_has_ever_stored_anything_of_is_not_named() -> None:
    def rejection(tenant_id: str | None) -> Rejection:
        return Rejection(NOW, tenant_id, None, "a topic", Reason.BAD_JSON, "no", b"")

    batch = IngestCommit(
        sequence=1,
        last_id=1,
        messages=[message(1), message(2)],
        rejections=[rejection("TENANT1"), rejection("MADE-UP"), rejection(None), rejection("OLD")],
        deliveries=[delivery(1, 7)],
        packet_ids=[],
        digests=[],
        counts=IngestCounts(received=9, stored=2, rejected=5, duplicate=2),
        duplicates={"TENANT1": 1, "MADE-UP": 1},
        capped={"TENANT1": 1},
    )
    known = {"OLD"}
    assert count_by_tenant(batch, known) == {
        "TENANT1": {"stored": 2, "rejected": 2, "duplicate": 1, "queued": 1},
        "OLD": {"rejected": 1},
        NOBODY: {"rejected": 2, "duplicate": 1},
    }
    assert known == {"OLD", "TENANT1"}
