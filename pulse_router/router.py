"""The composition root: opens resources, builds the nursery tree, starts and drains it in order.

Stopping runs in the direction of the data: the source closes, what is in hand is committed and
acknowledged, attempts under way end, streams say goodbye, and the HTTP server goes last.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Final
from urllib.parse import unquote, urlsplit

import attrs
import msgspec
import structlog
import trio
import trio_asyncio

from pulse_router.api.app import create_app
from pulse_router.api.ports import Services
from pulse_router.api.server import serve
from pulse_router.api.tokens import SharedSecretVerifier
from pulse_router.delivery.attempts import AlreadyWritten
from pulse_router.delivery.dispatcher import Dispatcher
from pulse_router.delivery.ports import Destination
from pulse_router.delivery.replay import Replayer
from pulse_router.domain.destinations import WebhookDefaults
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.event_ids import EventIds
from pulse_router.domain.messages import DeviceKey, IngestMemory
from pulse_router.domain.payload_filter import compile_filter
from pulse_router.domain.rate_limit import RateLimits
from pulse_router.domain.retry import RetryPolicy
from pulse_router.domain.routes import DestinationType
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.decoder import Decoder
from pulse_router.ingest.last_seen import LastSeen
from pulse_router.ingest.limits import Limits
from pulse_router.ingest.ports import Arrival
from pulse_router.ingest.redelivery import RedeliveryWindow
from pulse_router.ingest.registry import DeviceRegistry
from pulse_router.ingest.rejections import Rejections
from pulse_router.ingest.route_table import RouteTable
from pulse_router.ingest.writer import Writer
from pulse_router.mqtt.client import Client
from pulse_router.mqtt.options import ClientOptions, TlsOptions
from pulse_router.postgres.database import Database, open_database
from pulse_router.postgres.dead_letter_store import PostgresDeadLetterStore
from pulse_router.postgres.delivery_store import PostgresDeliveryStore
from pulse_router.postgres.device_source import PostgresDeviceSource
from pulse_router.postgres.device_store import PostgresDeviceStore
from pulse_router.postgres.group_store import PostgresGroupStore
from pulse_router.postgres.ingest_store import PostgresIngestStore, PostgresMatchableRoutes
from pulse_router.postgres.ledger_store import PostgresLedgerStore
from pulse_router.postgres.listen import listen
from pulse_router.postgres.migrations import migrate
from pulse_router.postgres.rejection_store import PostgresRejectionStore
from pulse_router.postgres.route_store import PostgresRouteStore
from pulse_router.postgres.session_store import PostgresSessionStore
from pulse_router.postgres.telemetry_store import PostgresHistoryStore
from pulse_router.postgres.watch import watch
from pulse_router.runtime.patience import outlast, unless_set
from pulse_router.runtime.progress import Progress, watch_progress
from pulse_router.runtime.readiness import Readiness
from pulse_router.settings import MqttSettings, Settings
from pulse_router.status import Ledger, RouterStatus
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.webhook.guard import NetworkGuard
from pulse_router.webhook.sender import open_webhooks

PARTS: Final = ("router", "database", "devices", "storage", "deliveries", "mqtt", "progress")
CHANGES: Final = "pulse_changes"
IN_FLIGHT: Final = 4
"""How many arrivals, or decoded batches, wait between two stages: the writer takes what gathers."""

PING_TIMEOUT_SECONDS: Final = 10
"""How long after the keep alive the broker may be silent; less where the keep alive is shorter."""

INGEST_SHARE: Final = 0.4
DELIVERY_SHARE: Final = 0.3
"""What part of the grace period these stages may take to drain; the rest is the HTTP server's."""

_log = structlog.get_logger()


async def run(  # noqa: ASYNC128 - started by the house, once it works
    settings: Settings,
    *,
    stop: trio.Event,
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run the router until it is told to stop; then drain it.

    Args:
        settings: What the operator has set.
        stop: Set to stop; everything has ended within `shutdown.grace_seconds`.
        task_status: Started with the HTTP addresses, as `host:port`, once the router works.

    Raises:
        MigrationError: The database is not fit for this version, and waiting does not help.
        OSError: The HTTP address cannot be listened on.
    """
    readiness = Readiness(*PARTS)
    async with (
        trio_asyncio.open_loop(),
        open_database(
            settings.database.url,
            pool_size=settings.database.pool_size,
            pgbouncer=settings.database.pgbouncer,
        ) as database,
        open_webhooks(
            NetworkGuard(settings.delivery.allow_networks), defaults=_webhook_defaults(settings)
        ) as webhooks,
    ):
        destinations: dict[DestinationType, Destination] = {
            DestinationType.WEBHOOK: webhooks,
            DestinationType.POSTGRESQL: AlreadyWritten(),
        }
        house = _House.build(settings, database, destinations, readiness)
        await house.run(stop, task_status)


@attrs.frozen(kw_only=True)
class _House:
    """Every part, joined by what it needs of the others."""

    settings: Settings
    database: Database
    readiness: Readiness
    ingest_store: PostgresIngestStore
    devices: PostgresDeviceSource
    registry: DeviceRegistry
    rejections: Rejections
    routes: RouteTable
    broadcaster: Broadcaster
    dispatcher: Dispatcher
    replayer: Replayer
    ledger: Ledger
    client: Client
    session_store: PostgresSessionStore
    arrivals: trio.MemoryReceiveChannel[Arrival]
    last_seen: LastSeen = attrs.field(factory=LastSeen)
    streams_stop: trio.Event = attrs.field(factory=trio.Event)
    http_stop: trio.Event = attrs.field(factory=trio.Event)

    @classmethod
    def build(
        cls,
        settings: Settings,
        database: Database,
        destinations: Mapping[DestinationType, Destination],
        readiness: Readiness,
    ) -> _House:
        """Make and join the parts; nothing runs yet."""
        ingest_store = PostgresIngestStore(database, client_id=settings.mqtt.client_id)
        devices = PostgresDeviceSource(database)
        route_store = PostgresRouteStore(database)
        dispatcher = Dispatcher(
            PostgresDeliveryStore(database),
            route_store,
            destinations,
            workers=settings.delivery.workers,
            defaults=_webhook_defaults(settings),
            report=partial(readiness.report, "deliveries"),
        )
        to_decoder, arrivals = trio.open_memory_channel[Arrival](IN_FLIGHT)
        client = Client(
            client_options(settings.mqtt), to_decoder, on_state=partial(readiness.report, "mqtt")
        )
        return cls(
            settings=settings,
            database=database,
            readiness=readiness,
            ingest_store=ingest_store,
            devices=devices,
            registry=DeviceRegistry(devices),
            rejections=Rejections(
                per_minute=settings.ingest.max_rejections_per_minute,
                max_payload_bytes=settings.ingest.max_payload_bytes,
            ),
            routes=RouteTable(
                PostgresMatchableRoutes(
                    database, compile_filter=compile_filter, on_broken=_warn_of_broken_route
                ),
                on_change=dispatcher.routes_changed,
            ),
            broadcaster=Broadcaster(
                PostgresGroupStore(database),
                max_per_tenant=settings.stream.max_connections_per_tenant,
                ring_capacity=settings.stream.queue_size,
            ),
            dispatcher=dispatcher,
            replayer=Replayer(PostgresDeadLetterStore(database), route_store, destinations),
            ledger=Ledger(PostgresLedgerStore(database), client),
            client=client,
            session_store=PostgresSessionStore(database, client_id=settings.mqtt.client_id),
            arrivals=arrivals,
        )

    async def run(self, stop: trio.Event, status: trio.TaskStatus[list[str]]) -> None:
        """Start the parts in order, work until told to stop, and drain them in order."""
        async with trio.open_nursery() as servers:
            addresses = await servers.start(self._serve_http)
            memory = await unless_set(stop, self._prepare)
            if memory is not None:
                async with trio.open_nursery() as watchers:
                    await watchers.start(self._hear_changes)
                    watchers.start_soon(self._watch_database)
                    watchers.start_soon(self.last_seen.run, self.devices)
                    watchers.start_soon(self._remember_session)
                    watchers.start_soon(
                        partial(
                            watch_progress,
                            Progress(),
                            lambda: (self.client.messages_in_hand, self.client.acknowledged),
                            report=partial(self.readiness.report, "progress"),
                        )
                    )
                    await self._work(stop, memory, lambda: status.started(addresses))
                    watchers.cancel_scope.cancel()
            self.streams_stop.set()
            self.http_stop.set()

    async def _prepare(self) -> IngestMemory:
        """Wait for the database, migrate it, and load what the stages begin with."""
        database = self.settings.database
        report = partial(self.readiness.report, "database")

        async def prepare() -> IngestMemory:
            await migrate(
                database.migration_url or database.url,
                login_role=_user_of(database.url) if database.migration_url else None,
                pgbouncer=database.pgbouncer,
            )
            await self.routes.refresh()
            await self.ledger.open()
            self.client.remember(await self.session_store.begin(self._filters))
            return await self.ingest_store.load_memory()

        memory = await outlast(Unavailable, prepare, report=report)
        for part in ("router", "database", "devices", "storage", "deliveries"):
            self.readiness.report(part, None)
        return memory

    async def _work(
        self, stop: trio.Event, memory: IngestMemory, started: Callable[[], None]
    ) -> None:
        """Deliver and ingest; when told to stop, ingest drains first, then the deliveries."""
        grace_seconds = self.settings.shutdown.grace_seconds
        async with trio.open_nursery() as delivery:
            await delivery.start(self.dispatcher.run)
            with trio.CancelScope() as ingest_scope:
                async with trio.open_nursery() as ingest:
                    ingest.start_soon(self._ingest, memory)
                    started()
                    await stop.wait()
                    _log.info("stopping")
                    self.readiness.report("router", "stopping")
                    ingest_scope.deadline = trio.current_time() + grace_seconds * INGEST_SHARE
                    self.client.stop_reading()
            if ingest_scope.cancelled_caught:
                _log.warning("not all messages in hand were stored; the broker keeps them")
            self.dispatcher.drain(deadline=trio.current_time() + grace_seconds * DELIVERY_SHARE)

    async def _ingest(self, memory: IngestMemory) -> None:
        """Run client, decoder and writer until the client has stopped and all is acknowledged."""
        settings = self.settings.ingest
        ids = EventIds(node=settings.node, last=memory.last_id)
        decoder = Decoder(
            limits=Limits(
                max_payload_bytes=settings.max_payload_bytes,
                max_metrics=settings.max_metrics,
                require_token=settings.require_token,
                auto_provision=settings.auto_provision,
            ),
            rates=RateLimits(device_rate=settings.device_rate, tenant_rate=settings.tenant_rate),
            rejections=self.rejections,
            last_seen=self.last_seen,
            registry=self.registry,
            routes=self.routes,
            live=self.broadcaster,
            ids=ids,
            window=RedeliveryWindow(memory.seen),
            report=partial(self.readiness.report, "devices"),
        )
        writer = Writer(
            store=self.ingest_store,
            waker=self.dispatcher,
            ids=ids,
            last_sequence=memory.last_sequence,
            report=partial(self.readiness.report, "storage"),
            on_commit=self.ledger.add,
        )
        to_writer, decoded = trio.open_memory_channel[DecodedBatch](IN_FLIGHT)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.client.run)
            nursery.start_soon(decoder.run, self.arrivals, to_writer)
            await writer.run(decoded)
            self.client.disconnect()

    async def _serve_http(  # noqa: ASYNC128 - started by the server
        self, *, task_status: trio.TaskStatus[list[str]]
    ) -> None:
        settings = self.settings
        app = create_app(
            Services(
                routes=PostgresRouteStore(self.database),
                devices=PostgresDeviceStore(self.database),
                history=PostgresHistoryStore(self.database),
                rejections=PostgresRejectionStore(self.database),
                dead_letters=PostgresDeadLetterStore(self.database),
                replayer=self.replayer,
                broadcaster=self.broadcaster,
                tokens=_token_verifier(settings),
                readiness=self.readiness,
                status=RouterStatus(
                    readiness=self.readiness,
                    client=self.client,
                    delivery=self.dispatcher,
                    queue=PostgresDeliveryStore(self.database),
                    ledger=self.ledger,
                ),
                routes_changed=self._act_on_routes,
                devices_changed=self._act_on_devices,
                stopping=self.streams_stop,
                keepalive_seconds=settings.stream.keepalive_seconds,
                max_body_bytes=settings.http.max_body_bytes,
            )
        )
        await serve(app, settings.http.bind, shutdown=self.http_stop, task_status=task_status)

    async def _hear_changes(  # noqa: ASYNC128 - started by the listener
        self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        database = self.settings.database
        direct_url = database.direct_url or (None if database.pgbouncer else database.url)
        await listen(
            direct_url,
            CHANGES,
            self._act_on_change,
            poll_seconds=database.poll_seconds if direct_url is None else None,
            task_status=task_status,
        )

    async def _watch_database(self) -> None:
        await watch(self.database, report=partial(self.readiness.report, "database"))

    @property
    def _filters(self) -> Sequence[str]:
        return client_options(self.settings.mqtt).subscriptions

    async def _remember_session(self) -> None:
        """Once the broker has settled the session, note it for the next run."""
        await self.client.settled.wait()

        async def settle() -> None:
            await self.session_store.settle(self._filters)

        await outlast(Unavailable, settle, report=partial(self.readiness.report, "database"))

    async def _act_on_change(self, payload: str | None) -> None:
        """Act on what the database announces; None means that anything may have changed."""
        if payload is None:
            self.registry.forget_all()
            await self.broadcaster.groups_changed()
            await self._act_on_routes()
            return
        change = msgspec.json.decode(payload, type=_Change)
        match change.table:
            case "message_routes":
                await self._act_on_routes()
            case "devices" if change.device_id is not None:
                self.registry.forget((change.tenant_id, change.device_id))
            case "device_groups" | "device_group_members":
                await self.broadcaster.groups_changed(change.tenant_id)

    async def _act_on_routes(self) -> None:
        await self.routes.refresh()
        await self.dispatcher.reload_routes()

    async def _act_on_devices(self, keys: Collection[DeviceKey]) -> None:
        for key in keys:
            self.registry.forget(key)


class _Change(msgspec.Struct):
    """What the trigger `pulse_announce` says."""

    table: str
    tenant_id: str
    device_id: str | None = None


def _webhook_defaults(settings: Settings) -> WebhookDefaults:
    delivery = settings.delivery
    return WebhookDefaults(
        timeout_seconds=delivery.timeout_seconds,
        max_in_flight=delivery.workers,
        retry=RetryPolicy(max_attempts=delivery.max_attempts),
    )


def client_options(mqtt: MqttSettings) -> ClientOptions:
    """Say to the MQTT client what the operator has set."""
    return ClientOptions(
        host=mqtt.host,
        port=mqtt.port,
        tls=TlsOptions(ca_file=mqtt.ca_file, cert_file=mqtt.cert_file, key_file=mqtt.key_file)
        if mqtt.tls
        else None,
        transport=mqtt.transport,
        websocket_path=mqtt.websocket_path,
        client_id=mqtt.client_id,
        topics=mqtt.topics,
        share_group=mqtt.share_group,
        username=mqtt.username,
        password=mqtt.password,
        keep_alive_seconds=mqtt.keep_alive_seconds,
        ping_timeout_seconds=min(PING_TIMEOUT_SECONDS, mqtt.keep_alive_seconds),
        session_expiry_seconds=mqtt.session_expiry_seconds,
        receive_maximum=mqtt.receive_maximum,
        max_packet_bytes=mqtt.max_packet_bytes,
        max_bytes_in_hand=mqtt.max_bytes_in_hand,
    )


def _token_verifier(settings: Settings) -> SharedSecretVerifier:
    auth = settings.auth
    if auth.secret is None:
        raise ValueError("auth.secret is not set")
    return SharedSecretVerifier(
        auth.secret, issuer=auth.issuer, audience=auth.audience, unix_time=time.time
    )


def _user_of(url: str) -> str | None:
    user = urlsplit(url).username
    return unquote(user) if user else None


def _warn_of_broken_route(route_id: int, problem: str) -> None:
    _log.warning("a stored route cannot be used", route_id=route_id, problem=problem)
