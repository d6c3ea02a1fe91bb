"""What the API stands on: the parts that live as long as the router, and stores for requests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from pulse_router import options
from pulse_router.api.operators.system import RunningSettings
from pulse_router.api.routes.showing import RequestShow
from pulse_router.api.services import Services
from pulse_router.api.streams.overview import OverviewFeeds
from pulse_router.console.console import Console
from pulse_router.domain.insight.kept import KeptDays
from pulse_router.domain.insight.overview import RouteTroubles
from pulse_router.parts.ingest import IngestParts
from pulse_router.parts.insight import join_insight
from pulse_router.parts.parts import Parts
from pulse_router.settings.live import LiveSettings
from pulse_router.settings.showing import shown_settings
from pulse_router.status.router_status import RouterStatus
from pulse_router.status.upstream import UpstreamWatch
from pulse_router.stores.alerts import PostgresAlertStore
from pulse_router.stores.audit import PostgresAuditLog
from pulse_router.stores.dead_letters.counts import PostgresDeadLetterCounts
from pulse_router.stores.dead_letters.dead_letters import PostgresDeadLetterStore
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.deliveries.hurry import PostgresHurryStore
from pulse_router.stores.deliveries.pending import PostgresPendingStore
from pulse_router.stores.devices.devices import PostgresDeviceStore
from pulse_router.stores.devices.groups import PostgresGroupStore
from pulse_router.stores.gaps import PostgresGapStore
from pulse_router.stores.jobs.jobs import PostgresJobStore
from pulse_router.stores.oldest_snapshot import PostgresOldestSnapshot
from pulse_router.stores.operators import PostgresOperatorStore
from pulse_router.stores.overview import PostgresOverviewStore
from pulse_router.stores.receipts.receipts import PostgresReceipts
from pulse_router.stores.rejections import PostgresRejectionStore
from pulse_router.stores.routes.stats import PostgresRouteStatsStore
from pulse_router.stores.schema import known_migrations
from pulse_router.stores.system import PostgresSystemStore
from pulse_router.stores.telemetry.history import PostgresHistoryStore
from pulse_router.stores.telemetry.metrics import PostgresMetricStore
from pulse_router.stores.telemetry.preview import PostgresMessageSource

BUSY_SHARE: Final = 4
"""One part in so many of Receive Maximum in hand: what can wait for ingest does."""


def join_api(parts: Parts, live: LiveSettings, console: Console) -> Services:
    """Join what the API stands on; the console is served beside it."""
    settings, database = parts.base.settings, parts.base.api_database
    budgets = parts.base.budgets
    return Services(
        routes=parts.routes.api_store,
        route_pages=parts.routes.pages,
        route_stats=PostgresRouteStatsStore(database),
        delivery=parts.delivery.dispatcher,
        filter_fault=parts.ingest.faults.of_route,
        filter_notice=partial(_notice, parts.ingest),
        unjudged=parts.ingest.shares.unasked_of,
        requests=RequestShow(parts.delivery.destinations),
        devices=PostgresDeviceStore(database, budgets),
        groups=PostgresGroupStore(database, budgets),
        alerts=PostgresAlertStore(database, budgets),
        history=PostgresHistoryStore(database),
        insight=join_insight(database),
        metrics=PostgresMetricStore(database),
        preview_messages=PostgresMessageSource(database),
        gaps=PostgresGapStore(database),
        rejections=PostgresRejectionStore(database),
        pending=PostgresPendingStore(database),
        receipts=PostgresReceipts(database),
        hurry=PostgresHurryStore(database),
        operators=PostgresOperatorStore(database, options.sealer(settings.delivery)),
        system=PostgresSystemStore(database, known_migrations(), heartbeats=parts.base.heartbeats),
        dead_letters=PostgresDeadLetterStore(database, heartbeats=parts.base.heartbeats),
        dead_letter_counts=PostgresDeadLetterCounts(database),
        replayer=parts.delivery.replayer,
        jobs=PostgresJobStore(database),
        job_wanted=parts.jobs.wake,
        broadcaster=parts.streaming.broadcaster,
        alert_feed=parts.streaming.alert_feed,
        overview=OverviewFeeds(parts.streaming.figures, parts.streaming.changes),
        missed=parts.streaming.missed,
        overviews=PostgresOverviewStore(database),
        audit=PostgresAuditLog(database),
        route_troubles=partial(_route_troubles, parts),
        tokens=parts.access.tokens,
        readiness=parts.base.readiness,
        status=join_status(parts),
        routes_changed=parts.changes.act_on_routes,
        devices_changed=parts.changes.act_on_devices,
        stopping=parts.streaming.stop,
        republish_prefixes=parts.base.republish_prefixes,
        certificates_of=parts.base.certificates_of,
        keepalive_seconds=settings.stream.keepalive_seconds,
        max_body_bytes=settings.http.max_body_bytes,
        cors_origins=settings.http.cors_origins,
        access_log=settings.log.requests,
        console=console,
        gate=parts.base.gate,
        usage_of=partial(_usage_of, parts),
        kept_days=partial(_kept_days, parts),
        settings=RunningSettings(
            shown=lambda: shown_settings(live.running), warnings=lambda: live.warnings
        ),
        is_ingest_busy=partial(_is_busy, parts.ingest, settings.mqtt.receive_maximum),
    )


def _is_busy(ingest: IngestParts, receive_maximum: int) -> bool:
    """Tell whether a good part of what the broker may send at once is in hand."""
    return ingest.client.messages_in_hand * BUSY_SHARE >= receive_maximum


def _route_troubles(parts: Parts) -> RouteTroubles:
    """Tell which routes have a trouble that only this router knows of."""
    return RouteTroubles(
        without_key=parts.routes.upkeep.unreadable_routes,
        breaker_open=parts.delivery.dispatcher.open_breakers,
    )


def _usage_of(parts: Parts, tenant_id: str) -> Mapping[str, float]:
    """Tell what a tenant uses of the bounds that are looked at in this process."""
    base = parts.base
    return {
        "requests_per_second": base.gate.requests_per_second(tenant_id),
        "answer_bytes": base.gate.unsent.of_tenant(tenant_id),
        "database_connections": base.connections.held(tenant_id),
        "streams": parts.streaming.broadcaster.open_streams(tenant_id),
    }


def _kept_days(parts: Parts) -> KeptDays:
    """Tell for how long what is kept that a trace is made of."""
    retention = parts.base.settings.retention
    return KeptDays(
        telemetry=retention.telemetry_days,
        rejected=retention.rejected_days,
        dead_letters=retention.dead_letter_days,
        receipts=retention.receipt_days,
        audit=retention.audit_days,
    )


def join_status(parts: Parts) -> RouterStatus:
    """Join what gathers the figures."""
    database = parts.base.database
    return RouterStatus(
        readiness=parts.base.readiness,
        client=parts.ingest.client,
        delivery=parts.delivery.dispatcher,
        queue=PostgresDeliveryStore(database),
        letters=PostgresDeadLetterCounts(database),
        snapshots=PostgresOldestSnapshot(database),
        ledger=parts.ledger,
        refusals=parts.ingest.rejections,
        faults=parts.ingest.faults,
        route_upkeep=parts.routes.upkeep,
        clock=parts.clock,
        budgets=parts.base.budgets,
        backlogs=parts.backlogs,
        filters=parts.ingest.shares,
        tenants=parts.ingest.costs.of_tenants,
        loop=parts.loop_lag,
        receipts=parts.delivery.receipts,
        upstream=UpstreamWatch(
            parts.ingest.client,
            parts.ingest.sequences,
            None if parts.tracing is None else parts.tracing.queue,
        ),
    )


def _notice(ingest: IngestParts, route_id: int) -> str | None:
    """Tell what keeps a route's payload filter from being asked, or may."""
    if (aside := ingest.shares.of_route(route_id)) is not None:
        return aside.problem
    route = ingest.routes.get(route_id)
    if route is None or route.excess is None:
        return None
    return (
        f"its payload filter weighs more than one that is saved today ({route.excess}); it is in"
        " effect, and set aside when it takes more than its tenant's share"
    )
