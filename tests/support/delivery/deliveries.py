"""Deliveries, routes and stand-ins for what surrounds the delivery stage."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import attrs
import trio

from pulse_router.domain.deliveries import (
    ROW_BYTES,
    UNBOUNDED_BYTES,
    Burial,
    Delivery,
    DueDeliveries,
    Settlement,
)
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.leases import LeaseLost
from pulse_router.domain.messages import NewDelivery
from pulse_router.domain.queue_marks import (
    FROM_THE_START,
    HIGHEST_ID,
    OVERLAP_SECONDS,
    QueueMark,
    Work,
    WorkMark,
)
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.domain.secrets.signing_secrets import SigningSecret

NOON = datetime(2026, 2, 16, 12, 0, 0, tzinfo=UTC)
TOPIC = "tenant/TENANT1/device/DEV-001/telemetry"
PAYLOAD = '{"site_id":"SITE-1","metrics":{"temperature":90}}'


def make_delivery(number: int = 1, *, route_id: int = 1, **changes: Any) -> Delivery:
    delivery = Delivery(
        id=number,
        tenant_id="TENANT1",
        route_id=route_id,
        device_id="DEV-001",
        topic=TOPIC,
        payload=PAYLOAD,
        event_id=number,
        event_time=NOON,
    )
    return attrs.evolve(delivery, **changes)


def as_new(delivery: Delivery) -> NewDelivery:
    """What ingest made of it before it was stored."""
    assert delivery.attempts == 0
    return NewDelivery(*(getattr(delivery, name) for name in NewDelivery._fields))


def make_route(
    route_id: int = 1, *, secrets: tuple[str, ...] = (), enabled: bool = True, **config: Any
) -> Route:
    return Route(
        id=route_id,
        tenant_id="TENANT1",
        name=f"route {route_id}",
        topic_filter="tenant/+/device/+/telemetry",
        destination_type=DestinationType.WEBHOOK,
        destination_config={"url": "http://localhost/hook", **config},
        payload_filter=None,
        is_enabled=enabled,
        created_at=NOON,
        updated_at=NOON,
        secrets=tuple(map(SigningSecret, secrets)),
    )


class Outage:
    """A database that can be away."""

    def __init__(self) -> None:
        self.is_out = False

    async def check(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.is_out:
            raise Unavailable("the database is away")


@attrs.define
class Pending:
    """A delivery in the queue."""

    delivery: Delivery
    due_at: float
    entered: int = 2**62

    def lies_behind(self, mark: QueueMark, *, in_order: bool) -> bool:
        """Tell whether a look from the mark finds it, as strictly as the table would."""
        if not self.delivery.attempts:
            return self.entered > mark.entered
        if in_order:
            return self.delivery.id >= mark.attempted_from
        return self.due_at >= min(mark.retried_to, trio.current_time()) - OVERLAP_SECONDS


class FakeDeliveryStore:
    """The durable queue in memory; its clock is Trio's.

    It holds all laws of the port, and fails the test when one is broken.
    """

    def __init__(self, outage: Outage | None = None) -> None:
        self.outage = outage or Outage()
        self.settling = Outage()
        self.most_in_memory = 0
        self.pending: dict[int, Pending] = {}
        self.matched: set[int] = set()
        self.delivered: list[int] = []
        self.answers: dict[int, tuple[object, ...]] = {}
        self.buried: dict[int, Burial] = {}
        self.buried_with_route: list[tuple[int, Route | None]] = []
        self.disabled: list[int] = []
        self.settlements = 0
        self.fetches = 0
        self.entered = 0
        self.kept: dict[int, QueueMark] = {}
        self.fetch_seconds = 0.0
        self.taken_over: set[int] = set()
        self.on_settled: Callable[[], None] = lambda: None
        self.refuse: Callable[[Settlement], None] = lambda _: None
        self.refuse_fetch: Callable[[int], None] = lambda _: None

    def add(self, *deliveries: Delivery, due_after_seconds: float = 0.0) -> None:
        for delivery in deliveries:
            due_at = trio.current_time() + due_after_seconds
            self.entered += 1
            self.pending[delivery.id] = Pending(delivery, due_at, self.entered)
            self.matched.add(delivery.id)

    def check_leases(self, epochs: Mapping[int, int]) -> None:
        if lost := self.taken_over & set(epochs):
            raise LeaseLost(lost)

    def check_books(self) -> None:
        """Each that was matched has one end, or is pending."""
        ends = [*self.delivered, *self.buried, *(number for number, _ in self.buried_with_route)]
        assert sorted([*self.pending, *ends]) == sorted(self.matched)

    async def routes_with_work(
        self,
        since: WorkMark | None = None,
        *,
        thoroughly: bool = False,  # noqa: ARG002 - the port's signature
    ) -> Work:
        await self.outage.check()
        behind = 0 if since is None else since.entered
        found = {item.delivery.route_id for item in self.pending.values() if item.entered >= behind}
        return Work(found, WorkMark(self.entered + 1, (), "fake"))

    async def keep_marks(self, marks: Mapping[int, QueueMark]) -> None:
        await self.outage.check()
        for route_id, mark in marks.items():
            for item in self.pending.values():
                if item.delivery.route_id == route_id and not item.delivery.attempts:
                    assert item.entered > mark.entered, "it has not ended"
        self.kept |= marks

    async def due(
        self,
        route_id: int,
        *,
        exclude: Collection[int],
        limit: int,
        max_bytes: int = UNBOUNDED_BYTES,
        in_order: bool = False,
        since: QueueMark = FROM_THE_START,
    ) -> DueDeliveries:
        if not since.server and not since.is_thorough:
            since = self.kept.get(route_id, since)
        self.fetches += 1
        self.most_in_memory = max(self.most_in_memory, limit + len(exclude))
        await self.outage.check()
        self.refuse_fetch(route_id)
        now = trio.current_time()
        others = [
            item
            for item in self.pending.values()
            if item.delivery.route_id == route_id
            and item.delivery.id not in exclude
            and item.lies_behind(since, in_order=in_order)
        ]
        if in_order:
            others.sort(key=lambda item: item.delivery.id)
        else:
            others.sort(key=lambda item: (item.due_at, item.delivery.id))
        found: list[Delivery] = []
        size = 0
        for item in itertools.takewhile(lambda item: item.due_at <= now, others[:limit]):
            size += len(item.delivery.payload.encode()) + ROW_BYTES
            if found and size > max_bytes:
                break
            found.append(item.delivery)
        left = others[len(found) :]
        mark = self._mark(since, left, now)
        is_held_back = in_order and bool(left) and left[0].due_at > now
        await trio.sleep(self.fetch_seconds)
        return DueDeliveries(
            found,
            max(0.0, left[0].due_at - now) if left else None,
            None if is_held_back else mark,
        )

    def _mark(self, since: QueueMark, left: Sequence[Pending], now: float) -> QueueMark:
        """Everything up to the first that is left was found: as exact as the table's marks are."""
        fresh = [item.entered - 1 for item in left if not item.delivery.attempts]
        late = [item.due_at for item in left if item.delivery.attempts]
        return attrs.evolve(
            since,
            entered=min([self.entered, *fresh]),
            id=HIGHEST_ID,
            retried_to=min([now, *late]),
            server="fake",
            now=now,
        )

    async def settle(self, settlement: Settlement) -> None:
        await self.outage.check()
        await self.settling.check()
        self.check_leases(settlement.epochs)
        self.refuse(settlement)
        self.settlements += 1
        ends = (settlement.delivered, settlement.statuses, settlement.milliseconds)
        for number, *answer in zip(*ends, strict=True):
            if self.pending.pop(number, None) is not None:
                self.delivered.append(number)
                self.answers[number] = tuple(answer)
        for item in settlement.rescheduled:
            if item.delivery_id in self.pending:
                delivery = self.pending[item.delivery_id].delivery
                self.pending[item.delivery_id] = Pending(
                    attrs.evolve(
                        delivery,
                        attempts=item.attempts,
                        pushbacks=item.pushbacks,
                        pushback_seconds=item.pushback_seconds,
                    ),
                    trio.current_time() + item.retry_after_seconds,
                    self.pending[item.delivery_id].entered,
                )
        for burial in settlement.buried:
            if self.pending.pop(burial.delivery.id, None) is not None:
                self.buried[burial.delivery.id] = burial
        self.disabled.extend(settlement.disabled_routes)
        self.on_settled()

    async def bury_route(
        self,
        route_id: int,
        last_known: Route | None,
        *,
        limit: int,
        epochs: Mapping[int, int] | None = None,
    ) -> int:
        await self.outage.check()
        self.check_leases(epochs or {})
        numbers = [
            number for number, item in self.pending.items() if item.delivery.route_id == route_id
        ][:limit]
        for number in numbers:
            del self.pending[number]
            self.buried_with_route.append((number, last_known))
        return len(numbers)


class FakeRoutes:
    """The routes in memory."""

    def __init__(self, *routes: Route, outage: Outage | None = None) -> None:
        self.routes = {route.id: route for route in routes}
        self.outage = outage or Outage()
        self.loads = 0
        self.loaded: list[Collection[int]] = []

    def put(self, route: Route) -> None:
        self.routes[route.id] = route

    async def load_routes(self, route_ids: Collection[int]) -> Mapping[int, Route]:
        self.loads += 1
        self.loaded.append(list(route_ids))
        await self.outage.check()
        return {number: self.routes[number] for number in route_ids if number in self.routes}
