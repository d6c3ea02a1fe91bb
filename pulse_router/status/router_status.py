"""How the router does, asked no oftener than the database can bear."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Final

import trio

from pulse_router.api.health import Status
from pulse_router.domain.budgets import Budgets
from pulse_router.domain.errors import TROUBLE
from pulse_router.mqtt.client import Client
from pulse_router.runtime.readiness import Readiness
from pulse_router.status.backlogs import BacklogWatch
from pulse_router.status.ledger import Ledger
from pulse_router.status.metrics import (
    samples_of_books,
    samples_of_budgets,
    samples_of_client,
    samples_of_clock,
    samples_of_faults,
    samples_of_filters,
    samples_of_letters,
    samples_of_loop,
    samples_of_pushbacks,
    samples_of_receipts,
    samples_of_refusals,
    samples_of_upkeep,
)
from pulse_router.status.ports import (
    ClockFigures,
    DeliveryFigures,
    FailedLetters,
    FaultFigures,
    FilterFigures,
    LoopFigures,
    OldestSnapshot,
    QueueDepth,
    ReceiptFigures,
    RefusalFigures,
    TenantFigures,
    UpkeepFigures,
)
from pulse_router.status.upstream import UpstreamWatch

MAX_AGE_SECONDS: Final = 1.0
AUDIT_SHARE: Final = 0.05
"""What part of the time the database may spend on the books, however often we are asked."""
PATIENCE_SECONDS: Final = 3.0
"""How long who asks waits for the database; after that the last known figures are given."""

DATABASE_PARTS: Final = ("database", "storage", "devices", "deliveries")


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
        faults: What has failed inside of it.
        route_upkeep: Who looks after the routes' secrets.
        clock: Who looks at the wall clock.
        budgets: What tenants may have, and what was refused.
        backlogs: Who looks which tenants have too much waiting.
        filters: Which payload filters take too much.
        tenants: Whose messages take how much.
        loop: How late the event loop is.
        receipts: How much room receipts take.
        upstream: What was lost before it came here.
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
        faults: FaultFigures,
        route_upkeep: UpkeepFigures,
        clock: ClockFigures,
        budgets: Budgets,
        backlogs: BacklogWatch,
        filters: FilterFigures,
        tenants: TenantFigures,
        loop: LoopFigures,
        receipts: ReceiptFigures,
        upstream: UpstreamWatch,
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
        self._faults = faults
        self._route_upkeep = route_upkeep
        self._clock = clock
        self._budgets = budgets
        self._backlogs = backlogs
        self._filters = filters
        self._tenants = tenants
        self._loop = loop
        self._receipts = receipts
        self._upstream = upstream
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
                *samples_of_client(self._client),
                *self._upstream.samples(),
                *samples_of_clock(self._clock),
                *samples_of_upkeep(self._route_upkeep),
                *samples_of_letters(self._delivery, self._failed_by_route),
                *samples_of_receipts(self._receipts),
                *samples_of_pushbacks(self._delivery),
                *samples_of_refusals(self._refusals),
                *samples_of_faults(self._faults),
                *samples_of_budgets(self._budgets, self._backlogs),
                *samples_of_filters(self._filters),
                *samples_of_loop(self._loop, self._tenants),
                *samples_of_books(books),
            ],
            oldest_snapshot_seconds=self._oldest_snapshot_seconds,
            sessions_lost=self._client.sessions_lost,
            upstream=self._upstream.figures,
            tenants_above_limits=len({tenant_id for tenant_id, _ in self._backlogs.above}),
        )

    async def _refresh(self) -> None:
        async with self._asking:
            start = trio.current_time()
            if start < self._fresh_until:
                return
            # When they cannot be asked, the last known ones stand; readiness says what is wrong.
            with trio.move_on_after(PATIENCE_SECONDS), contextlib.suppress(*TROUBLE):
                self._oldest_snapshot_seconds = await self._snapshots.oldest_snapshot_seconds()
                await self._ledger.balance()
                self._depth = await self._queue.queue_depth()
                self._failed_by_route = await self._letters.failed_by_route()
            end = trio.current_time()
            self._fresh_until = end + max(MAX_AGE_SECONDS, (end - start) / AUDIT_SHARE)
