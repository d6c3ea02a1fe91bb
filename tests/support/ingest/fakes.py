"""Fakes of what ingest needs: arrivals, devices, routes, a store that can fail."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
import msgspec

from pulse_router.domain.errors import DataRefused, LifeOver, Unavailable
from pulse_router.domain.event_ids import EventIds
from pulse_router.domain.filters.weight import Fuel
from pulse_router.domain.messages import (
    Device,
    DeviceKey,
    DeviceLookup,
    DeviceStatus,
    IngestCommit,
    IngestCounts,
    IngestMemory,
    Message,
    NewDelivery,
    NewDevice,
    Rejection,
    TelemetryEvent,
)
from pulse_router.domain.rate_limit import RateLimits
from pulse_router.domain.routes import RouteSet
from pulse_router.ingest.decoder import Decoder
from pulse_router.ingest.faults import IngestFaults
from pulse_router.ingest.filter_shares import FilterShares
from pulse_router.ingest.judging import Judge
from pulse_router.ingest.last_seen import LastSeen
from pulse_router.ingest.limits import Limits
from pulse_router.ingest.redelivery import RedeliveryWindow
from pulse_router.ingest.registry import DeviceRegistry
from pulse_router.ingest.rejections import Rejections
from pulse_router.ingest.tenant_costs import TenantCosts

TOKEN = "0123456789abcdef"
TOPIC = "tenant/TENANT1/device/DEV-001/telemetry"


@attrs.frozen
class FakePublication:
    payload: bytes
    topic: str = TOPIC
    packet_id: int | None = None
    duplicate: bool = False
    retain: bool = False
    user_properties: list[tuple[str, str]] = attrs.field(factory=list)


def publication(topic: str = TOPIC, **fields: Any) -> FakePublication:
    """A device's message; fields replace those of a good one, and None removes one."""
    good = {"provision_token": TOKEN, "metrics": {"temperature": 90}}
    payload = {name: value for name, value in (good | fields).items() if value is not None}
    return FakePublication(msgspec.json.encode(payload), topic)


@attrs.define
class FakeArrival:
    publications: Sequence[FakePublication]
    received_at: float = attrs.field(factory=time.time)
    new_connection: bool = False
    new_session: bool = False
    number: int = attrs.field(factory=itertools.count(1).__next__)
    known: int = 0
    written: int = 0
    known_before: int = 0
    written_before: int = 0
    dropped: int = 0
    acknowledged: int = 0
    unanswered: list[object] = attrs.field(factory=list)
    log: list[Any] = attrs.field(factory=list)

    def acknowledge_not(self, publication: object) -> None:
        self.unanswered.append(publication)

    def acknowledge(self) -> None:
        self.acknowledged += 1
        self.log.append(self)


@attrs.define
class FakeDevices:
    devices: dict[DeviceKey, Device] = attrs.field(factory=dict)
    asked: list[set[DeviceKey]] = attrs.field(factory=list)
    trouble: list[Exception] = attrs.field(factory=list)
    on_load: Callable[[], None] = lambda: None

    def add(
        self,
        tenant_id: str,
        device_id: str,
        *,
        site_id: str | None = "SITE-1",
        token: str | None = TOKEN,
        status: DeviceStatus = DeviceStatus.ACTIVE,
    ) -> None:
        token_hash = None if token is None else hashlib.sha256(token.encode()).digest()
        self.devices[tenant_id, device_id] = Device(site_id, token_hash, status)

    async def load_devices(
        self, keys: Collection[DeviceKey], newcomers: Collection[NewDevice] = ()
    ) -> DeviceLookup:
        self.asked.append(set(keys))
        self.on_load()
        if self.trouble:
            raise self.trouble.pop(0)
        for tenant_id, device_id, site_id, token_hash in newcomers:
            device = Device(site_id, token_hash, DeviceStatus.ACTIVE)
            self.devices.setdefault((tenant_id, device_id), device)
        return DeviceLookup(
            {key: self.devices[key] for key in keys if key in self.devices},
            {tenant_id for tenant_id, _ in self.devices} & {tenant_id for tenant_id, _ in keys},
        )


@attrs.define
class FakeRoutes:
    current: RouteSet = attrs.field(factory=RouteSet)


@attrs.define
class FakeLive:
    tenants: set[str] = attrs.field(factory=set)
    events: list[TelemetryEvent] = attrs.field(factory=list)

    def wants(self, tenant_id: str) -> bool:
        return tenant_id in self.tenants

    def publish(self, events: Sequence[TelemetryEvent]) -> None:
        self.events.extend(events)


@attrs.define
class MemoryIngestStore:
    """Keeps the laws of the port; `refuse` says what PostgreSQL would, `trouble` fails first."""

    refuse: Callable[[IngestCommit], None] = lambda _commit: None
    refuse_rejections: Callable[[Sequence[Rejection]], None] = lambda _rejections: None
    trouble: list[Exception] = attrs.field(factory=list)
    lose_answers: int = 0
    commits: dict[int, IngestCommit] = attrs.field(factory=dict)
    is_over: bool = False
    pruned: int = 0

    async def commit(self, batch: IngestCommit) -> IngestCounts:
        if self.trouble:
            raise self.trouble.pop(0)
        if self.is_over:
            raise LifeOver("another has taken over")
        if batch.sequence in self.commits:
            return self.commits[batch.sequence].counts
        self.refuse(batch)
        self.commits[batch.sequence] = batch
        if self.lose_answers:
            self.lose_answers -= 1
            raise Unavailable("the answer was lost")
        return batch.counts

    @asynccontextmanager
    async def in_pieces(self, batch: IngestCommit) -> AsyncIterator[MemoryPieces | IngestCounts]:
        if self.trouble:
            raise self.trouble.pop(0)
        if batch.sequence in self.commits:
            yield self.commits[batch.sequence].counts
            return
        pieces = MemoryPieces(self, batch)
        yield pieces
        assert pieces.finished is not None
        assert [m.event_id for m in pieces.messages] == [
            m.event_id for m in pieces.finished.messages
        ]
        self.commits[batch.sequence] = pieces.finished

    async def begin(self) -> IngestMemory:
        return IngestMemory(last_sequence=max([0, *self.commits]))

    async def prune(self) -> None:
        self.pruned += 1


@attrs.define
class MemoryPieces:
    """A batch on its way into a `MemoryIngestStore`."""

    store: MemoryIngestStore
    batch: IngestCommit
    messages: list[Message] = attrs.field(factory=list)
    rejections: Sequence[Rejection] = ()
    finished: IngestCommit | None = None

    async def add(self, messages: Sequence[Message], deliveries: Sequence[NewDelivery]) -> None:
        self.store.refuse(attrs.evolve(self.batch, messages=messages, deliveries=deliveries))
        self.messages += messages

    async def takes(self, message: Message) -> bool:
        try:
            self.store.refuse(attrs.evolve(self.batch, messages=[message], deliveries=[]))
        except DataRefused:
            return False
        return True

    async def reject(self, rejections: Sequence[Rejection]) -> None:
        self.store.refuse_rejections(rejections)
        self.rejections = rejections

    async def finish(self, batch: IngestCommit) -> None:
        self.finished = attrs.evolve(batch, rejections=self.rejections)


@attrs.define
class FakeReceiver:
    told: list[Sequence[NewDelivery]] = attrs.field(factory=list)
    woken: list[set[int]] = attrs.field(factory=list)
    announced: list[Sequence[NewDelivery]] = attrs.field(factory=list)
    more: list[bool] = attrs.field(factory=list)

    def committing(self, deliveries: Sequence[NewDelivery]) -> None:
        self.announced.append(deliveries)

    def wake(self, route_ids: Collection[int]) -> None:
        self.woken.append(set(route_ids))

    def committed(self, deliveries: Sequence[NewDelivery], *, more: bool = False) -> None:
        self.told.append(deliveries)
        self.more.append(more)


@attrs.define
class FakeRecent:
    messages: list[Message] = attrs.field(factory=list)
    committed: list[int] = attrs.field(factory=list)

    def add(self, messages: Sequence[Message]) -> None:
        self.messages += messages

    def commit(self, event_id: int) -> None:
        self.committed.append(event_id)


@attrs.define
class DecoderWorld:
    """A decoder among fakes, with one registered device."""

    devices: FakeDevices = attrs.field(factory=FakeDevices)
    routes: FakeRoutes = attrs.field(factory=FakeRoutes)
    live: FakeLive = attrs.field(factory=FakeLive)
    recent: FakeRecent = attrs.field(factory=FakeRecent)
    window: RedeliveryWindow = attrs.field(factory=RedeliveryWindow)
    limits: Limits = attrs.field(factory=Limits)
    rates: RateLimits = attrs.field(factory=lambda: RateLimits(device_rate=0, tenant_rate=0))
    rejections: Rejections = attrs.field(factory=Rejections)
    last_seen: LastSeen = attrs.field(factory=LastSeen)
    faults: IngestFaults = attrs.field(factory=IngestFaults)
    reports: list[str | None] = attrs.field(factory=list)
    ids: EventIds = attrs.field(factory=EventIds)
    fuel: Fuel = attrs.field(factory=Fuel)
    shares: FilterShares = attrs.field(factory=FilterShares)
    costs: TenantCosts = attrs.field(factory=TenantCosts)
    clock: Callable[[], float] = time.perf_counter
    work_clock: Callable[[], float] = time.thread_time

    def __attrs_post_init__(self) -> None:
        self.devices.add("TENANT1", "DEV-001")

    def judge(self) -> Judge:
        return Judge(
            self.faults,
            self.shares,
            self.costs,
            self.fuel,
            clock=self.clock,
            work_clock=self.work_clock,
        )

    def decoder(self, registry: DeviceRegistry | None = None) -> Decoder:
        return Decoder(
            limits=self.limits,
            rates=self.rates,
            rejections=self.rejections,
            last_seen=self.last_seen,
            faults=self.faults,
            registry=DeviceRegistry(self.devices) if registry is None else registry,
            routes=self.routes,
            live=self.live,
            recent=self.recent,
            ids=self.ids,
            window=self.window,
            judge=self.judge(),
            report=self.reports.append,
            costs=self.costs,
        )
