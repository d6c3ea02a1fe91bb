"""How the router does: the figures of all its parts, for `/health` and `/metrics`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from typing import Final, Protocol

import structlog
import trio

from pulse_router.api.ports import Sample, Status
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import IngestCounts, Reason
from pulse_router.mqtt.client import Client
from pulse_router.runtime.ledger import STOCKS, Books, Figures, InHand, draw_up
from pulse_router.runtime.readiness import Readiness

MAX_AGE_SECONDS: Final = 1.0
AUDIT_SHARE: Final = 0.05
"""What part of the time the database may spend on the books, however often we are asked."""
PATIENCE_SECONDS: Final = 3.0
"""How long who asks waits for the database; after that the last known figures are given."""

DATABASE_PARTS: Final = ("database", "storage", "devices", "deliveries")

_log = structlog.get_logger()


class Audit(Protocol):
    """Where the books are kept."""

    async def audit(self) -> Figures:
        """Add up the books.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class QueueDepth(Protocol):
    """Where the number of pending deliveries is asked."""

    async def queue_depth(self) -> int:
        """Count or estimate the pending deliveries.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class OldestSnapshot(Protocol):
    """Where the age of the oldest snapshot is asked."""

    async def oldest_snapshot_seconds(self) -> float:
        """Tell for how long nothing that was removed can be cleared away.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class FailedLetters(Protocol):
    """Where the dead letters are counted."""

    async def failed_by_route(self) -> Mapping[int | None, int]:
        """Count the failed ones of the routes that have most; all others stand under None.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class DeliveryFigures(Protocol):
    """What the delivery stage counts, since it started."""

    @property
    def delivered(self) -> int:
        """Deliveries made."""
        ...

    @property
    def failed(self) -> int:
        """Attempts that failed."""
        ...

    @property
    def dead_lettered(self) -> int:
        """Deliveries given up."""
        ...

    @property
    def causes(self) -> Mapping[str, int]:
        """What they were given up for."""
        ...


class RefusalFigures(Protocol):
    """What ingest has refused since it started, by reason."""

    @property
    def refused(self) -> Mapping[Reason, int]:
        """Messages refused."""
        ...

    @property
    def not_kept(self) -> Mapping[Reason, int]:
        """Those of them that were not kept, for the cap."""
        ...


class UpkeepFigures(Protocol):
    """What is known of the routes' secrets."""

    @property
    def unreadable(self) -> int:
        """How many routes are encrypted with a key that is not there."""
        ...


class Ledger:
    """What this process has committed, held against what it has read and what is persisted.

    Args:
        store: Where the books are kept.
        client: The MQTT client, which counts by itself what it reads.
    """

    def __init__(self, store: Audit, client: Client) -> None:
        self._store = store
        self._client = client
        self._opened_with = 0
        self._committed = 0
        self._dropped = 0
        self.books = draw_up(Figures(), InHand())

    async def open(self) -> None:
        """Begin with the books as earlier runs have left them.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        figures = await self._store.audit()
        self._opened_with = figures.total("received")
        self.books = draw_up(figures, InHand(opened_with=self._opened_with))

    def add(self, counts: IngestCounts) -> None:
        """Count a commit."""
        self._committed += counts.received - counts.dropped
        self._dropped += counts.dropped

    async def balance(self) -> None:
        """Draw the books up anew.

        Raises:
            Unavailable: The database cannot be asked now; the books stay as they were.
        """
        in_hand = InHand(
            read=self._client.messages,
            unacknowledged=self._client.messages_in_hand,
            committed=self._committed,
            dropped=self._dropped,
            opened_with=self._opened_with,
        )
        was_balanced = self.books.balanced
        self.books = draw_up(await self._store.audit(), in_hand)
        if was_balanced and not self.books.balanced:
            _log.error("the books do not balance", mismatch=dict(self.books.mismatch))


class RouterStatus:
    """Gathers figures; those that cost a query are as old as the query is dear, and at least 1 s.

    Args:
        readiness: Who has which problem.
        client: The MQTT client.
        delivery: The delivery stage.
        queue: Where the queue's depth is asked.
        letters: Where the dead letters are counted.
        snapshots: Where the age of the oldest snapshot is asked.
        ledger: The books.
        refusals: What ingest has refused.
        route_upkeep: Who looks after the routes' secrets.
    """

    def __init__(
        self,
        *,
        readiness: Readiness,
        client: Client,
        delivery: DeliveryFigures,
        queue: QueueDepth,
        letters: FailedLetters,
        snapshots: OldestSnapshot,
        ledger: Ledger,
        refusals: RefusalFigures,
        route_upkeep: UpkeepFigures,
    ) -> None:
        self._readiness = readiness
        self._client = client
        self._delivery = delivery
        self._queue = queue
        self._letters = letters
        self._snapshots = snapshots
        self._oldest_snapshot_seconds = 0.0
        self._ledger = ledger
        self._refusals = refusals
        self._route_upkeep = route_upkeep
        self._depth = 0
        self._failed_by_route: Mapping[int | None, int] = {}
        self._fresh_until = 0.0
        self._asking = trio.Lock()

    async def current(self) -> Status:
        """Give the figures; when the database is away, its last known ones."""
        await self._refresh()
        problems = self._readiness.problems
        books = self._ledger.books
        return Status(
            delivered=self._delivery.delivered,
            failed=self._delivery.failed,
            delivery_queue_depth=self._depth,
            dead_lettered=self._delivery.dead_lettered,
            mqtt=problems.get("mqtt", "ok"),
            database=next((problems[part] for part in DATABASE_PARTS if part in problems), "ok"),
            nats="disabled",
            ledger={
                **books.totals,
                "balanced": books.balanced,
                "mismatch": books.mismatch,
                "tenants": books.tenants,
            },
            samples=[
                *self._samples(),
                *_samples_of_letters(self._delivery, self._failed_by_route),
                *_samples_of_refusals(self._refusals),
                *_samples_of_books(books),
            ],
            oldest_snapshot_seconds=self._oldest_snapshot_seconds,
        )

    async def _refresh(self) -> None:
        async with self._asking:
            start = trio.current_time()
            if start < self._fresh_until:
                return
            # When they cannot be asked, the last known ones stand; readiness says what is wrong.
            with trio.move_on_after(PATIENCE_SECONDS), contextlib.suppress(Unavailable):
                self._oldest_snapshot_seconds = await self._snapshots.oldest_snapshot_seconds()
                await self._ledger.balance()
                self._depth = await self._queue.queue_depth()
                self._failed_by_route = await self._letters.failed_by_route()
            end = trio.current_time()
            self._fresh_until = end + max(MAX_AGE_SECONDS, (end - start) / AUDIT_SHARE)

    def _samples(self) -> Iterable[Sample]:
        client = self._client
        yield Sample("pulse_mqtt_connects_total", "counter", "Connections made.", client.connects)
        yield Sample("pulse_mqtt_messages_total", "counter", "Messages read.", client.messages)
        yield Sample(
            "pulse_mqtt_dropped_total", "counter", "QoS 0 messages dropped.", client.dropped
        )
        yield Sample(
            "pulse_mqtt_sessions_lost_total",
            "counter",
            "Sessions that the broker has lost, with what it held for us.",
            client.sessions_lost,
        )
        in_hand = client.messages_in_hand
        yield Sample("pulse_mqtt_messages_in_hand", "gauge", "Not acknowledged yet.", in_hand)
        yield Sample(
            "pulse_routes_unreadable",
            "gauge",
            "Routes that wait, for their secrets are encrypted with a key that is not there.",
            self._route_upkeep.unreadable,
        )
        yield Sample(
            "pulse_mqtt_bytes_in_hand", "gauge", "Bytes not acknowledged yet.", client.bytes_in_hand
        )


def _samples_of_letters(
    delivery: DeliveryFigures, failed_by_route: Mapping[int | None, int]
) -> Iterable[Sample]:
    for cause, value in delivery.causes.items():
        description = "Deliveries given up since the start, by the last answer."
        labels = {"cause": cause}
        yield Sample("pulse_dead_lettered_by_cause_total", "counter", description, value, labels)
    for route_id, value in failed_by_route.items():
        labels = {"route": "others" if route_id is None else str(route_id)}
        description = "Dead letters that nobody has dealt with: the routes with most, and the rest."
        yield Sample("pulse_dead_letters_failed", "gauge", description, value, labels)


def _samples_of_refusals(refusals: RefusalFigures) -> Iterable[Sample]:
    for reason in Reason:
        labels = {"reason": reason.value}
        refused, not_kept = refusals.refused.get(reason, 0), refusals.not_kept.get(reason, 0)
        description = "Messages refused since the start."
        yield Sample("pulse_ingest_refused_total", "counter", description, refused, labels)
        description = "Refused messages that were counted and not kept, for the cap."
        yield Sample("pulse_ingest_refused_unkept_total", "counter", description, not_kept, labels)


def _samples_of_books(books: Books) -> Iterable[Sample]:
    for name, value in books.totals.items():
        if name in STOCKS:
            yield Sample(f"pulse_ledger_{name}", "gauge", f"Now {name}.", value)
        else:
            description = f"Messages or matches: {name}, as committed."
            yield Sample(f"pulse_ingest_{name}_total", "counter", description, value)
    for name, amount in books.mismatch.items():
        if amount is not None:
            description = "By how much the books are off; 0 when they balance."
            yield Sample(
                "pulse_ledger_mismatch", "gauge", description, amount, labels={"book": name}
            )
