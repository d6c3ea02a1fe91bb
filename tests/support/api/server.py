"""The API on a real server and a real database, with the parts behind it that tests look into."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import attrs
import httpx2
import pytest
import trio
import trio_websocket

from pulse_router.api.access.gate import TenantGate
from pulse_router.api.access.tokens import SharedSecretVerifier, issue_token
from pulse_router.api.app import REGISTERED, create_app
from pulse_router.api.openapi.operations import Registered
from pulse_router.api.routes.pages import RoutePages
from pulse_router.api.routes.showing import RequestShow
from pulse_router.api.server.server import serve
from pulse_router.api.services import Services
from pulse_router.api.streams.overview import OverviewFeeds
from pulse_router.delivery.replay import Replayer
from pulse_router.domain.budgets import Budgets
from pulse_router.domain.deliveries import Delivery, NotAttempted, Outcome, Verdict
from pulse_router.domain.insight.overview import RouteTroubles
from pulse_router.domain.messages import DeviceKey
from pulse_router.domain.route_stats import LaneStats
from pulse_router.domain.routes import DestinationType, Route, RouteFault
from pulse_router.domain.secrets.sealing import Sealer
from pulse_router.parts.insight import join_insight
from pulse_router.postgres.database import Database
from pulse_router.runtime.readiness import Readiness
from pulse_router.settings.values import Bind
from pulse_router.stores.alerts import PostgresAlertStore
from pulse_router.stores.audit import PostgresAuditLog
from pulse_router.stores.dead_letters.counts import PostgresDeadLetterCounts
from pulse_router.stores.dead_letters.dead_letters import PostgresDeadLetterStore
from pulse_router.stores.deliveries.hurry import PostgresHurryStore
from pulse_router.stores.deliveries.pending import PostgresPendingStore
from pulse_router.stores.devices.devices import PostgresDeviceStore
from pulse_router.stores.devices.groups import PostgresGroupStore
from pulse_router.stores.flows import PostgresFlowSource
from pulse_router.stores.gaps import PostgresGapStore
from pulse_router.stores.jobs.jobs import PostgresJobStore
from pulse_router.stores.operators import PostgresOperatorStore
from pulse_router.stores.overview import PostgresOverviewStore
from pulse_router.stores.receipts.receipts import PostgresReceipts
from pulse_router.stores.rejections import PostgresRejectionStore
from pulse_router.stores.routes.routes import PostgresRouteStore
from pulse_router.stores.routes.stats import PostgresRouteStatsStore
from pulse_router.stores.schema import known_migrations
from pulse_router.stores.system import PostgresSystemStore
from pulse_router.stores.telemetry.events import PostgresEventStore
from pulse_router.stores.telemetry.history import PostgresHistoryStore
from pulse_router.stores.telemetry.metrics import PostgresMetricStore
from pulse_router.stores.telemetry.preview import PostgresMessageSource
from pulse_router.streaming.alerts import AlertFeed
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.streaming.changes import ChangeFeed
from pulse_router.streaming.figures import FiguresFeed
from pulse_router.streaming.recent import RecentEvents
from pulse_router.streaming.resume import Missed
from tests.support.api.status import ScriptedStatus
from tests.support.delivery.direct_attempts import DirectAttempts
from tests.support.delivery.dry import DryWebhooks
from tests.support.plain_http import TRUSTS_NOBODY

SECRET = "a secret for tests, long enough for HS256"
ISSUER = "https://issuer.test"
AUDIENCE = "pulse"


def make_token(tenant: str | None = "TENANT1", *roles: str, expires_seconds: float = 600) -> str:
    return issue_token(
        SECRET,
        tenant=tenant,
        roles=roles or ("customer",),
        expires_seconds=expires_seconds,
        now=time.time(),
        issuer=ISSUER,
        audience=AUDIENCE,
    )


@attrs.define(slots=False)
class ScriptedDestination:
    """A destination that answers as a test says, and remembers what it got."""

    outcome: Outcome = attrs.field(factory=lambda: Outcome(Verdict.DELIVERED, status=204))
    outcome_by_id: dict[int, Outcome] = attrs.field(factory=dict)
    got: list[tuple[Delivery, Route]] = attrs.field(factory=list)

    async def deliver(self, delivery: Delivery, route: Route, *, attempt: int) -> Outcome:
        await trio.lowlevel.checkpoint()
        assert attempt == delivery.attempts + 1
        self.got.append((delivery, route))
        return self.outcome_by_id.get(delivery.id, self.outcome)


@attrs.define(eq=False, slots=False)
class ApiForTests:
    """A running API. What is changed the router is told of; `route_fault` is raised instead."""

    address: str = ""
    broadcaster: Broadcaster = attrs.field(init=False)
    alert_feed: AlertFeed = attrs.field(init=False)
    overview: OverviewFeeds = attrs.field(init=False)
    route_pages: RoutePages = attrs.field(init=False)
    gate: TenantGate = attrs.field(init=False)
    recent: RecentEvents = attrs.field(factory=RecentEvents)
    readiness: Readiness = attrs.field(factory=lambda: Readiness("mqtt", "database"))
    status: ScriptedStatus = attrs.field(factory=ScriptedStatus)
    destination: ScriptedDestination = attrs.field(factory=ScriptedDestination)
    stopping: trio.Event = attrs.field(factory=trio.Event)
    shutdown: trio.Event = attrs.field(factory=trio.Event)
    route_changes: int = 0
    route_fault: Exception | None = None
    delivery_fault: str | None = None
    lane_stats: dict[int, LaneStats] = attrs.field(factory=dict)
    filter_faults: dict[int, RouteFault] = attrs.field(factory=dict)
    filter_notices: dict[int, str] = attrs.field(factory=dict)
    route_troubles: RouteTroubles = attrs.field(factory=RouteTroubles)
    device_changes: list[DeviceKey] = attrs.field(factory=list)
    registered: Sequence[Registered] = ()
    served: Collection[str] = ()
    certificates: Mapping[str, Collection[str]] = attrs.field(factory=dict)
    """Which client certificates the routes of each tenant may name."""
    budgets: Budgets = attrs.field(factory=Budgets)

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    async def attempt(
        self, delivery: Delivery, route: Route, *, is_urgent: bool
    ) -> Outcome | NotAttempted:
        """What the delivery stage does for the test of a route."""
        assert is_urgent
        if self.delivery_fault is not None:
            return NotAttempted(self.delivery_fault)
        return await self.destination.deliver(delivery, route, attempt=1)

    def stats(self, route_id: int) -> LaneStats | None:
        return self.lane_stats.get(route_id)

    async def routes_changed(self, _route_ids: Collection[int]) -> None:
        self.route_pages.forget()
        await trio.lowlevel.checkpoint()
        if self.route_fault is not None:
            raise self.route_fault
        self.route_changes += 1

    async def devices_changed(self, keys: Collection[DeviceKey]) -> None:
        await trio.lowlevel.checkpoint()
        self.device_changes.extend(keys)

    def services(self, database: Database, *, max_streams: int, ring_capacity: int) -> Services:
        self.gate = TenantGate(self.budgets)
        groups = PostgresGroupStore(database, self.budgets)
        self.alert_feed = AlertFeed(PostgresAlertStore(database))
        self.overview = OverviewFeeds(FiguresFeed(PostgresFlowSource(database)), ChangeFeed())
        self.broadcaster = Broadcaster(
            groups, max_per_tenant=max_streams, ring_capacity=ring_capacity
        )
        routes = PostgresRouteStore(database, Sealer(), self.budgets)
        self.route_pages = RoutePages(routes)
        dead_letters = PostgresDeadLetterStore(database)
        return Services(
            routes=routes,
            route_pages=self.route_pages,
            route_stats=PostgresRouteStatsStore(database),
            delivery=self,
            filter_fault=self.filter_faults.get,
            filter_notice=self.filter_notices.get,
            unjudged=lambda _route_id: 0,
            requests=RequestShow({DestinationType.WEBHOOK: DryWebhooks()}),
            devices=PostgresDeviceStore(database, self.budgets),
            groups=groups,
            alerts=PostgresAlertStore(database, self.budgets),
            history=PostgresHistoryStore(database),
            insight=join_insight(database),
            metrics=PostgresMetricStore(database),
            preview_messages=PostgresMessageSource(database),
            gaps=PostgresGapStore(database),
            rejections=PostgresRejectionStore(database),
            pending=PostgresPendingStore(database),
            receipts=PostgresReceipts(database),
            hurry=PostgresHurryStore(database),
            operators=PostgresOperatorStore(database, Sealer()),
            system=PostgresSystemStore(database, known_migrations()),
            dead_letters=dead_letters,
            dead_letter_counts=PostgresDeadLetterCounts(database),
            replayer=Replayer(dead_letters, routes, DirectAttempts(self.destination)),
            jobs=PostgresJobStore(database),
            broadcaster=self.broadcaster,
            alert_feed=self.alert_feed,
            overview=self.overview,
            missed=Missed(
                self.broadcaster, self.recent, PostgresEventStore(database), max_events=50
            ),
            overviews=PostgresOverviewStore(database),
            audit=PostgresAuditLog(database),
            route_troubles=lambda: self.route_troubles,
            tokens=SharedSecretVerifier(
                SECRET, issuer=ISSUER, audience=AUDIENCE, unix_time=time.time
            ),
            readiness=self.readiness,
            status=self.status,
            routes_changed=self.routes_changed,
            devices_changed=self.devices_changed,
            stopping=self.stopping,
            certificates_of=lambda tenant_id: self.certificates.get(tenant_id, ()),
            max_body_bytes=64 * 1024,
            gate=self.gate,
        )

    @asynccontextmanager
    async def client(self, token: str | None = "") -> AsyncIterator[httpx2.AsyncClient]:
        """A client with TENANT1's token, another token, or none."""
        given = make_token() if token == "" else token
        headers = {} if given is None else {"Authorization": f"Bearer {given}"}
        async with httpx2.AsyncClient(
            base_url=f"http://{self.address}",
            headers=headers,
            verify=TRUSTS_NOBODY,
            trust_env=False,
        ) as client:
            yield client

    @asynccontextmanager
    async def stream(
        self,
        query: str = "",
        *,
        token: str | None = "",
        path: str = "/api/v1/customer/telemetry/stream",
        subprotocols: Sequence[str] = (),
        headers: Sequence[tuple[str, str]] = (),
    ) -> AsyncIterator[trio_websocket.WebSocketConnection]:
        """A WebSocket with TENANT1's token in the query, another token, or none."""
        given = make_token() if token == "" else token
        parts = [part for part in (query, f"token={given}" if given else "") if part]
        # trio-websocket leaves its socket open when the server closes first, so it is ours.
        tcp = await trio.open_tcp_stream("127.0.0.1", self.port)
        async with tcp, trio.open_nursery() as nursery:
            connection = await trio_websocket.wrap_client_stream(
                nursery,
                tcp,
                self.address,
                f"{path}?{'&'.join(parts)}",
                subprotocols=list(subprotocols),
                extra_headers=[(name.encode(), value.encode()) for name, value in headers],
            )
            yield connection
            await connection.aclose()
            nursery.cancel_scope.cancel()


ROUTE: dict[str, Any] = {
    "name": "Forward high-temp readings",
    "topic_filter": "tenant/+/device/+/telemetry",
    "destination_type": "webhook",
    "destination_config": {"url": "http://localhost:9999/hook", "method": "POST"},
    "payload_filter": {"temperature": {"$gt": 80}},
    "is_enabled": True,
}


@pytest.fixture
async def api(database: Database, nursery: trio.Nursery) -> AsyncIterator[ApiForTests]:
    """The API, with 3 streams for a tenant and 5 events for a slow client."""
    async with open_api(database, nursery) as running:
        yield running


@asynccontextmanager
async def open_api(
    database: Database,
    nursery: trio.Nursery,
    *,
    idle_seconds: float = 30,
    budgets: Budgets | None = None,
    **changes: Any,
) -> AsyncIterator[ApiForTests]:
    """The same API with other services, or settings of them."""
    running = ApiForTests(budgets=budgets or Budgets())
    services = running.services(database, max_streams=3, ring_capacity=5)
    app = create_app(attrs.evolve(services, **changes))
    running.registered = app.extensions[REGISTERED]
    running.served = {rule.rule for rule in app.url_map.iter_rules()}
    start = partial(serve, app, Bind("127.0.0.1", 0), idle_seconds=idle_seconds)
    (running.address,) = await nursery.start(partial(start, shutdown=running.shutdown))
    yield running
    running.stopping.set()
    running.shutdown.set()
