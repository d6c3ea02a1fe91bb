"""All rooms of the router, joined. Nothing runs yet."""

from __future__ import annotations

from collections.abc import Callable, Collection

import attrs

from pulse_router.changes import Changes
from pulse_router.jobs.keeper import JobKeeper
from pulse_router.mqtt.republisher import Publishing
from pulse_router.parts.access import AccessParts, join_access
from pulse_router.parts.delivery import DeliveryParts, join_delivery, join_destinations
from pulse_router.parts.devices import DeviceParts, join_devices
from pulse_router.parts.foundation import Foundation, lay_foundation
from pulse_router.parts.ingest import IngestParts, join_ingest
from pulse_router.parts.jobs import join_jobs
from pulse_router.parts.routes import RouteParts, join_routes
from pulse_router.parts.streaming import StreamingParts, join_streaming
from pulse_router.parts.tracing import TracingParts, join_tracing
from pulse_router.postgres.database import Database
from pulse_router.runtime.clock import ClockWatch
from pulse_router.runtime.loop_lag import LoopLag
from pulse_router.runtime.readiness import Readiness
from pulse_router.settings import Settings
from pulse_router.status.backlogs import BacklogWatch
from pulse_router.status.ledger import Ledger
from pulse_router.stores.announcements import AnnouncementLog
from pulse_router.stores.backlogs import PostgresBacklogs
from pulse_router.stores.ingest.ledger import PostgresLedgerStore
from pulse_router.webhook.sender import WebhookDestination


@attrs.frozen
class Parts:
    """The parts that live as long as the router."""

    base: Foundation
    access: AccessParts
    routes: RouteParts
    devices: DeviceParts
    streaming: StreamingParts
    delivery: DeliveryParts
    jobs: JobKeeper
    ingest: IngestParts
    ledger: Ledger
    changes: Changes
    backlogs: BacklogWatch
    tracing: TracingParts | None = None
    clock: ClockWatch = attrs.field(factory=ClockWatch)
    loop_lag: LoopLag = attrs.field(factory=LoopLag)


def join_parts(
    settings: Settings,
    database: Database,
    webhooks: WebhookDestination,
    publisher: Publishing,
    readiness: Readiness,
    certificates_of: Callable[[str], Collection[str]],
) -> Parts:
    """Make the parts and join them.

    Args:
        settings: What the operator has set.
        database: Where everything is kept.
        webhooks: Where webhooks are sent.
        publisher: Who publishes what is republished.
        readiness: Whom the parts tell of their troubles.
        certificates_of: Names the certificates that a tenant's webhooks may show.

    Raises:
        ValueError: There is nothing to check tokens with.
    """
    base = lay_foundation(settings, database, readiness, certificates_of)
    access = join_access(base)
    routes = join_routes(base)
    devices = join_devices(base)
    streaming = join_streaming(base)
    tracing = join_tracing(settings)
    recorder = None if tracing is None else tracing.queue
    destinations = join_destinations(base, devices, webhooks, publisher, recorder)
    delivery = join_delivery(base, routes, destinations)
    ingest = join_ingest(base, delivery)
    ledger = Ledger(PostgresLedgerStore(database), ingest.client)
    changes = _join_changes(base, routes, devices, streaming, delivery, ingest)
    return Parts(
        base,
        access,
        routes,
        devices,
        streaming,
        delivery,
        join_jobs(base, delivery),
        ingest,
        ledger=ledger,
        changes=changes,
        backlogs=BacklogWatch(PostgresBacklogs(database), base.budgets),
        tracing=tracing,
    )


def _join_changes(
    base: Foundation,
    routes: RouteParts,
    devices: DeviceParts,
    streaming: StreamingParts,
    delivery: DeliveryParts,
    ingest: IngestParts,
) -> Changes:
    """Join what hears of changes with those who remember what the database holds."""
    return Changes(
        announced=AnnouncementLog(base.database),
        route_pages=routes.pages,
        registry=devices.registry,
        routes=ingest.routes,
        dispatcher=delivery.dispatcher,
        broadcaster=streaming.broadcaster,
        alerts=streaming.alert_feed,
        hints=streaming.changes,
    )
