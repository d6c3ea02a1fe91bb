"""Everything that the API stands on; knows no resource's details."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Literal

import attrs
import trio

from pulse_router.api.access.gate import TenantGate
from pulse_router.api.access.ports import TokenVerifier
from pulse_router.api.alerts import AlertStore
from pulse_router.api.audit import AuditLog
from pulse_router.api.dead_letters.ports import DeadLetterCounts, DeadLetterStore
from pulse_router.api.devices.ports import (
    DeviceStore,
    GapStore,
    GroupStore,
    HistoryStore,
    MetricStore,
)
from pulse_router.api.health import StatusSource
from pulse_router.api.insight.ports import InsightStores
from pulse_router.api.jobs.ports import JobStore
from pulse_router.api.operators.ports import OperatorStore, SystemStore
from pulse_router.api.operators.system import RunningSettings
from pulse_router.api.overview.ports import OverviewStore
from pulse_router.api.rejected_messages import RejectionStore
from pulse_router.api.routes.pages import RoutePages
from pulse_router.api.routes.ports import (
    DeliveryStage,
    HurryStore,
    MessageSource,
    PendingStore,
    ReceiptStore,
    RouteStatsStore,
    RouteStore,
)
from pulse_router.api.routes.showing import RequestShow
from pulse_router.api.streams.overview import OverviewFeeds
from pulse_router.console.console import Console
from pulse_router.delivery.replay import Replayer
from pulse_router.domain.budgets import Budgets
from pulse_router.domain.insight.kept import KeptDays
from pulse_router.domain.insight.overview import RouteTroubles
from pulse_router.domain.messages import DeviceKey
from pulse_router.domain.routes import RouteFault
from pulse_router.runtime.readiness import Readiness
from pulse_router.streaming.alerts import AlertFeed
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.streaming.resume import Missed


@attrs.frozen(kw_only=True)
class Services:
    """Everything that the API stands on; the router fills it in.

    Attributes:
        routes: The tenants' routes.
        route_pages: Where they are listed; it is told of their changes by whoever hears of them.
        route_stats: What became of their deliveries.
        delivery: The delivery stage.
        filter_fault: Tells how a route's payload filter failed last.
        filter_notice: Tells what keeps it from being asked now, or may.
        unjudged: Tells of how many messages it was not asked.
        requests: Shows what it would send.
        devices: The tenants' devices.
        groups: Their groups.
        alerts: Alerts about them.
        history: What the tenants' devices have sent.
        insight: What became of it, across devices.
        gaps: What is missing of it.
        metrics: What their metrics have been.
        preview_messages: What they have sent in the order of arrival, for previews of routes.
        rejections: What was refused of it.
        pending: What the tenants' routes have pending.
        receipts: What is left of what they have delivered.
        hurry: Makes it due.
        operators: What operators look at, across tenants.
        system: What the database has to say of itself.
        dead_letters: The tenants' dead letters.
        dead_letter_counts: How many they are.
        replayer: Delivers a dead letter once more.
        jobs: The tenants' jobs.
        job_wanted: Told that there is a job to be worked on; it never waits.
        broadcaster: The live feed.
        missed: What live clients that resume have missed.
        alert_feed: Alerts for live clients.
        overview: How the tenants' books move, and what is changed, for live clients.
        overviews: What tenants have at a glance.
        audit: What was changed of theirs.
        route_troubles: Tells which routes have a trouble that only this router knows of.
        tokens: Checks tokens.
        readiness: Who is not ready.
        status: Figures for `/health` and `/metrics`.
        routes_changed: Awaited after a write, with what it changed; returns when the router acts
            on the new routes.
        devices_changed: The same for devices.
        stopping: Set when live streams are to close.
        republish_prefixes: Where routes may republish, beside their tenant's own topics.
        certificates_of: Names the client certificates that a tenant's webhooks may show.
        keepalive_seconds: After how much silence a live client is pinged.
        max_body_bytes: How large a request's body may be.
        body_seconds: How long it may take to arrive.
        answer_seconds: How long an answer may take to be made, where its operation says no other.
        sending_seconds: How long a client may take to take it.
        cors_origins: Which other origins' pages may use the API from a browser.
        access_log: At which level each request is logged.
        console: The web console of this installation.
        gate: Lets the tenants' requests in, as long as they keep to their bounds.
        usage_of: Tells what a tenant uses of the bounds that are looked at in this process.
        kept_days: Tells for how long what is kept.
        settings: What the operator has set.
        is_ingest_busy: Tells whether ingest has so much in hand that what can wait does.
    """

    routes: RouteStore
    route_pages: RoutePages
    route_stats: RouteStatsStore
    delivery: DeliveryStage
    filter_fault: Callable[[int], RouteFault | None]
    filter_notice: Callable[[int], str | None]
    unjudged: Callable[[int], int]
    requests: RequestShow
    devices: DeviceStore
    groups: GroupStore
    alerts: AlertStore
    history: HistoryStore
    insight: InsightStores
    metrics: MetricStore
    preview_messages: MessageSource
    gaps: GapStore
    rejections: RejectionStore
    pending: PendingStore
    receipts: ReceiptStore
    hurry: HurryStore
    operators: OperatorStore
    system: SystemStore
    dead_letters: DeadLetterStore
    dead_letter_counts: DeadLetterCounts
    replayer: Replayer
    jobs: JobStore
    broadcaster: Broadcaster
    missed: Missed
    alert_feed: AlertFeed
    overview: OverviewFeeds
    overviews: OverviewStore
    audit: AuditLog
    route_troubles: Callable[[], RouteTroubles]
    tokens: TokenVerifier
    readiness: Readiness
    status: StatusSource
    routes_changed: Callable[[Collection[int]], Awaitable[None]]
    devices_changed: Callable[[Collection[DeviceKey]], Awaitable[None]]
    stopping: trio.Event
    job_wanted: Callable[[], None] = lambda: None
    republish_prefixes: Sequence[str] = ()
    certificates_of: Callable[[str], Collection[str]] = lambda _tenant_id: ()
    keepalive_seconds: float = 30.0
    max_body_bytes: int = 1024 * 1024
    body_seconds: float = 30.0
    answer_seconds: float = 60.0
    sending_seconds: float = 60.0
    cors_origins: Collection[str] = ()
    access_log: Literal["off", "debug", "info"] = "debug"
    console: Console = attrs.field(factory=Console)
    gate: TenantGate = attrs.field(factory=lambda: TenantGate(Budgets()))
    usage_of: Callable[[str], Mapping[str, float]] = lambda _tenant_id: {}
    kept_days: Callable[[], KeptDays] = KeptDays
    settings: RunningSettings = attrs.field(factory=RunningSettings)
    is_ingest_busy: Callable[[], bool] = lambda: False
