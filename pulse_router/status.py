"""How the router does: the figures of all its parts, for `/health` and `/metrics`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Final, Protocol

import attrs
import trio

from pulse_router.api.ports import Sample, Status
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import IngestCounts
from pulse_router.mqtt.client import Client
from pulse_router.runtime.readiness import Readiness

MAX_AGE_SECONDS: Final = 1.0

DATABASE_PARTS: Final = ("database", "storage", "devices", "deliveries")
LEDGER_OF_INGEST: Final = tuple(field.name for field in attrs.fields(IngestCounts))


class QueueDepth(Protocol):
    """Where the number of pending deliveries is asked."""

    async def queue_depth(self) -> int:
        """Count or estimate the pending deliveries.

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


class Ledger:
    """The books of ingest: what earlier runs have committed, and what this one adds.

    Args:
        before: The totals in the database when the router started.
    """

    def __init__(self) -> None:
        self._counts = dict.fromkeys(LEDGER_OF_INGEST, 0)

    def open(self, before: dict[str, int]) -> None:
        """Begin with the totals of earlier runs."""
        for name in LEDGER_OF_INGEST:
            self._counts[name] += before.get(name, 0)

    def add(self, counts: IngestCounts) -> None:
        """Count a commit."""
        for name in LEDGER_OF_INGEST:
            self._counts[name] += getattr(counts, name)

    @property
    def counts(self) -> dict[str, int]:
        """The totals by name."""
        return dict(self._counts)

    @property
    def balances(self) -> bool:
        """Whether received = stored + rejected + duplicate + dropped."""
        counts = self._counts
        ends = ("stored", "rejected", "duplicate", "dropped")
        return counts["received"] == sum(counts[name] for name in ends)


class RouterStatus:
    """Gathers figures; the one that costs a query is at most a second old.

    Args:
        readiness: Who has which problem.
        client: The MQTT client.
        delivery: The delivery stage.
        queue: Where the queue's depth is asked.
        ledger: The books of ingest.
    """

    def __init__(
        self,
        *,
        readiness: Readiness,
        client: Client,
        delivery: DeliveryFigures,
        queue: QueueDepth,
        ledger: Ledger,
    ) -> None:
        self._readiness = readiness
        self._client = client
        self._delivery = delivery
        self._queue = queue
        self._ledger = ledger
        self._depth = 0
        self._asked_at = -MAX_AGE_SECONDS
        self._asking = trio.Lock()

    async def current(self) -> Status:
        """Give the figures; when the database is away, its last known one."""
        await self._refresh_depth()
        problems = self._readiness.problems
        ledger = self._ledger
        return Status(
            delivered=self._delivery.delivered,
            failed=self._delivery.failed,
            delivery_queue_depth=self._depth,
            dead_lettered=self._delivery.dead_lettered,
            mqtt=problems.get("mqtt", "ok"),
            database=next((problems[part] for part in DATABASE_PARTS if part in problems), "ok"),
            nats="disabled",
            ledger={**ledger.counts, "balanced": ledger.balances},
            samples=list(self._samples()),
        )

    async def _refresh_depth(self) -> None:
        async with self._asking:
            if trio.current_time() - self._asked_at < MAX_AGE_SECONDS:
                return
            # When it cannot be asked the last known depth stands, and readiness says what is wrong.
            with contextlib.suppress(Unavailable):
                self._depth = await self._queue.queue_depth()
            self._asked_at = trio.current_time()

    def _samples(self) -> Iterable[Sample]:
        for name, value in self._ledger.counts.items():
            description = f"Messages or matches: {name}, as committed."
            yield Sample(f"pulse_ingest_{name}_total", "counter", description, value)
        client = self._client
        yield Sample("pulse_mqtt_connects_total", "counter", "Connections made.", client.connects)
        yield Sample("pulse_mqtt_messages_total", "counter", "Messages read.", client.messages)
        yield Sample(
            "pulse_mqtt_bytes_in_hand", "gauge", "Bytes not acknowledged yet.", client.bytes_in_hand
        )
