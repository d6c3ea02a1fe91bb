"""Every part of the router, joined by what it needs of the others. Nothing runs yet."""

from __future__ import annotations

import socket
from functools import partial
from typing import Final

import attrs
import structlog
import trio

from pulse_router import options
from pulse_router.api.routes.pages import RoutePages
from pulse_router.api.services import Services
from pulse_router.changes import Changes
from pulse_router.delivery.attempts import AlreadyWritten
from pulse_router.delivery.dispatcher import Dispatcher
from pulse_router.delivery.ports import Destination
from pulse_router.delivery.replay import Replayer
from pulse_router.domain.event_ids import EventIds
from pulse_router.domain.messages import IngestMemory
from pulse_router.domain.payload_filter import compile_filter
from pulse_router.domain.routes import DestinationType
from pulse_router.ingest.decoder import Decoder
from pulse_router.ingest.last_seen import LastSeen
from pulse_router.ingest.ports import Arrival
from pulse_router.ingest.redelivery import RedeliveryWindow
from pulse_router.ingest.registry import DeviceRegistry
from pulse_router.ingest.rejections import Rejections
from pulse_router.ingest.route_table import RouteTable
from pulse_router.ingest.writer import Writer
from pulse_router.mqtt.client import Client
from pulse_router.mqtt.republisher import Publishing, Republisher
from pulse_router.oidc.fetching import IssuerSite
from pulse_router.oidc.issuer_keys import IssuerKeys
from pulse_router.postgres.database import Database
from pulse_router.runtime.readiness import Readiness
from pulse_router.settings import Settings
from pulse_router.status import Ledger, RouterStatus
from pulse_router.stores.alerts import PostgresAlertStore
from pulse_router.stores.dead_letters.counts import PostgresDeadLetterCounts
from pulse_router.stores.dead_letters.dead_letters import PostgresDeadLetterStore
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.deliveries.leases import PostgresLeaseStore
from pulse_router.stores.deliveries.pending import PostgresPendingStore
from pulse_router.stores.devices.devices import PostgresDeviceStore
from pulse_router.stores.devices.groups import PostgresGroupStore
from pulse_router.stores.devices.source import PostgresDeviceSource
from pulse_router.stores.ingest.batches import PostgresIngestStore
from pulse_router.stores.ingest.ledger import PostgresLedgerStore
from pulse_router.stores.ingest.sessions import PostgresSessionStore
from pulse_router.stores.oldest_snapshot import PostgresOldestSnapshot
from pulse_router.stores.operators import PostgresOperatorStore
from pulse_router.stores.rejections import PostgresRejectionStore
from pulse_router.stores.routes.matchable import PostgresMatchableRoutes
from pulse_router.stores.routes.routes import PostgresRouteStore
from pulse_router.stores.routes.stats import PostgresRouteStatsStore
from pulse_router.stores.routes.upkeep import RouteUpkeep
from pulse_router.stores.telemetry.events import PostgresEventStore
from pulse_router.stores.telemetry.history import PostgresHistoryStore
from pulse_router.streaming.alerts import AlertFeed
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.streaming.recent import RecentEvents
from pulse_router.streaming.resume import Missed

IN_FLIGHT: Final = 4
"""How many arrivals, or decoded batches, wait between two stages: the writer takes what gathers."""

API_SHARE: Final = 2
"""Requests hold one connection in two at the most, whatever they wait for there."""

_log = structlog.get_logger()


@attrs.frozen(kw_only=True)
class Parts:
    """The parts that live as long as the router; stages are made when their memory is loaded."""

    settings: Settings
    database: Database
    api_database: Database
    readiness: Readiness
    ingest_store: PostgresIngestStore
    session_store: PostgresSessionStore
    devices: PostgresDeviceSource
    registry: DeviceRegistry
    rejections: Rejections
    api_routes: PostgresRouteStore
    route_pages: RoutePages
    route_upkeep: RouteUpkeep
    routes: RouteTable
    broadcaster: Broadcaster
    alert_feed: AlertFeed
    recent: RecentEvents
    dispatcher: Dispatcher
    replayer: Replayer
    ledger: Ledger
    client: Client
    arrivals: trio.MemoryReceiveChannel[Arrival]
    changes: Changes
    issuer_keys: IssuerKeys | None
    last_seen: LastSeen = attrs.field(factory=LastSeen)
    streams_stop: trio.Event = attrs.field(factory=trio.Event)

    def make_stages(self, memory: IngestMemory) -> tuple[Decoder, Writer]:
        """Make the stages of ingest, which go on where an earlier run has ended.

        Args:
            memory: What earlier runs have committed.
        """
        ingest = self.settings.ingest
        self.recent.open(memory.last_id)
        ids = EventIds(node=memory.node, last=memory.last_id)
        decoder = Decoder(
            limits=options.ingest_limits(ingest),
            rates=options.rate_limits(ingest),
            rejections=self.rejections,
            last_seen=self.last_seen,
            registry=self.registry,
            routes=self.routes,
            live=self.broadcaster,
            recent=self.recent,
            ids=ids,
            window=RedeliveryWindow(memory.seen),
            report=partial(self.readiness.report, "devices"),
        )
        writer = Writer(
            store=self.ingest_store,
            receiver=self.dispatcher,
            ids=ids,
            last_sequence=memory.last_sequence,
            report=partial(self.readiness.report, "storage"),
            on_commit=self.ledger.add,
            recent=self.recent,
        )
        return decoder, writer

    def make_services(self) -> Services:
        """Make what the API stands on."""
        return Services(
            routes=self.api_routes,
            route_pages=self.route_pages,
            route_stats=PostgresRouteStatsStore(self.api_database),
            delivery=self.dispatcher,
            devices=PostgresDeviceStore(self.api_database),
            groups=PostgresGroupStore(self.api_database),
            alerts=PostgresAlertStore(self.api_database),
            history=PostgresHistoryStore(self.api_database),
            rejections=PostgresRejectionStore(self.api_database),
            pending=PostgresPendingStore(self.api_database),
            operators=PostgresOperatorStore(
                self.api_database, options.sealer(self.settings.delivery)
            ),
            dead_letters=PostgresDeadLetterStore(self.api_database),
            dead_letter_counts=PostgresDeadLetterCounts(self.api_database),
            replayer=self.replayer,
            broadcaster=self.broadcaster,
            alert_feed=self.alert_feed,
            missed=Missed(
                self.broadcaster,
                self.recent,
                PostgresEventStore(self.api_database),
                max_events=self.settings.stream.resume_events,
            ),
            tokens=options.token_verifiers(self.settings.auth, self.issuer_keys),
            readiness=self.readiness,
            status=RouterStatus(
                readiness=self.readiness,
                client=self.client,
                delivery=self.dispatcher,
                queue=PostgresDeliveryStore(self.database),
                letters=PostgresDeadLetterCounts(self.database),
                snapshots=PostgresOldestSnapshot(self.database),
                ledger=self.ledger,
                refusals=self.rejections,
                route_upkeep=self.route_upkeep,
            ),
            routes_changed=self.changes.act_on_routes,
            devices_changed=self.changes.act_on_devices,
            stopping=self.streams_stop,
            republish_prefixes=self.settings.delivery.republish_prefixes,
            keepalive_seconds=self.settings.stream.keepalive_seconds,
            max_body_bytes=self.settings.http.max_body_bytes,
            cors_origins=self.settings.http.cors_origins,
            access_log=self.settings.log.requests,
        )


def join_parts(
    settings: Settings,
    database: Database,
    webhooks: Destination,
    publisher: Publishing,
    readiness: Readiness,
) -> Parts:
    """Make the parts and join them.

    Args:
        settings: What the operator has set.
        database: Where everything is kept.
        webhooks: Where webhooks are sent.
        publisher: Who publishes what is republished.
        readiness: Whom the parts tell of their troubles.
    """
    api_database = database.share(max(1, settings.database.pool_size // API_SHARE))
    api_routes = PostgresRouteStore(api_database, options.sealer(settings.delivery))
    route_pages = RoutePages(api_routes)
    route_store = PostgresRouteStore(database, options.sealer(settings.delivery))
    devices = PostgresDeviceSource(database)
    registry = DeviceRegistry(devices)
    destinations: dict[DestinationType, Destination] = {
        DestinationType.WEBHOOK: webhooks,
        DestinationType.MQTT_REPUBLISH: Republisher(
            publisher,
            allowed_prefixes=settings.delivery.republish_prefixes,
            timeout_seconds=settings.delivery.timeout_seconds,
            site_of=registry.site_of,
        ),
        DestinationType.POSTGRESQL: AlreadyWritten(),
    }
    dispatcher = Dispatcher(
        PostgresDeliveryStore(database),
        route_store,
        destinations,
        workers=settings.delivery.workers,
        defaults=options.webhook_defaults(settings.delivery),
        report=partial(readiness.report, "deliveries"),
        leases=PostgresLeaseStore(
            database, owner=f"{socket.gethostname()}/{settings.mqtt.client_id}"
        ),
    )
    routes = RouteTable(
        PostgresMatchableRoutes(
            database, compile_filter=compile_filter, on_broken=_warn_of_broken_route
        ),
        on_change=dispatcher.routes_changed,
    )
    broadcaster = Broadcaster(
        PostgresGroupStore(database),
        max_per_tenant=settings.stream.max_connections_per_tenant,
        ring_capacity=settings.stream.queue_size,
    )
    issuer = options.issuer_options(settings.auth)
    alert_feed = AlertFeed(PostgresAlertStore(database))
    to_decoder, arrivals = trio.open_memory_channel[Arrival](IN_FLIGHT)
    client = Client(
        options.client_options(settings.mqtt),
        to_decoder,
        on_state=partial(readiness.report, "mqtt"),
    )
    return Parts(
        settings=settings,
        database=database,
        api_database=api_database,
        readiness=readiness,
        ingest_store=PostgresIngestStore(database, client_id=settings.mqtt.client_id),
        session_store=PostgresSessionStore(database, client_id=settings.mqtt.client_id),
        devices=devices,
        registry=registry,
        rejections=options.rejections(settings.ingest),
        api_routes=api_routes,
        route_pages=route_pages,
        route_upkeep=RouteUpkeep(database, options.sealer(settings.delivery)),
        routes=routes,
        broadcaster=broadcaster,
        dispatcher=dispatcher,
        replayer=Replayer(PostgresDeadLetterStore(api_database), route_store, dispatcher),
        ledger=Ledger(PostgresLedgerStore(database), client),
        client=client,
        arrivals=arrivals,
        alert_feed=alert_feed,
        recent=RecentEvents(max_events=settings.stream.recent_events),
        changes=Changes(
            route_pages=route_pages,
            registry=registry,
            routes=routes,
            dispatcher=dispatcher,
            broadcaster=broadcaster,
            alerts=alert_feed,
        ),
        issuer_keys=None if issuer is None else IssuerKeys(IssuerSite(issuer).fetch_keys),
    )


def _warn_of_broken_route(route_id: int, problem: str) -> None:
    _log.warning("a stored route cannot be used", route_id=route_id, problem=problem)
