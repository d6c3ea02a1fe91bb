"""The composition root: opens resources, builds the nursery tree, starts and drains it in order.

Stopping runs in the direction of the data: the source closes, what is in hand is committed and
acknowledged, attempts under way end, streams say goodbye, and the HTTP server goes last.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import structlog
import trio
import trio_asyncio

from pulse_router import options
from pulse_router.console.console import Demonstration
from pulse_router.domain.errors import TROUBLE, NotAllowedHere
from pulse_router.domain.event_ids import EventIds, unix_seconds_of
from pulse_router.domain.messages import IngestMemory
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.writer import Writer
from pulse_router.mqtt.publishers import open_publishers
from pulse_router.parts.following import follow_settings
from pulse_router.parts.ingest import IN_FLIGHT
from pulse_router.parts.parts import Parts, join_parts
from pulse_router.parts.serving import serve_http
from pulse_router.parts.stages import make_stages
from pulse_router.parts.ways_out import make_ways_out
from pulse_router.postgres.database import open_database
from pulse_router.postgres.listen import listen
from pulse_router.postgres.watch import watch
from pulse_router.runtime import logs
from pulse_router.runtime.garbage import collect_less, collect_nothing
from pulse_router.runtime.patience import outlast, unless_set
from pulse_router.runtime.progress import Progress, watch_progress
from pulse_router.runtime.readiness import STOPPING, Readiness
from pulse_router.settings import Settings
from pulse_router.settings.live import LiveSettings
from pulse_router.stores.schema import migrate
from pulse_router.stores.telemetry import maintenance

READY_PARTS: Final = (
    *("router", "database", "devices", "storage", "deliveries", "mqtt", "progress", "clock"),
)
"""What `/ready` speaks of."""

CHANGES: Final = "pulse_changes"

CATCH_UP_SECONDS: Final = 600.0
"""How often it is looked whether all was heard; what was announced is kept for longer than that."""

FAREWELL_SECONDS: Final = 0.5
"""How long it may take, when stopping, to note which devices were heard of last; spans, too."""

INGEST_SHARE: Final = 0.4
DELIVERY_SHARE: Final = 0.3
"""What part of the grace period these stages may take to drain; the rest is the HTTP server's."""

_log = structlog.get_logger()


async def run(
    settings: Settings,
    *,
    stop: trio.Event,
    live: LiveSettings | None = None,
    demonstration: Demonstration | None = None,
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run the router until it is told to stop; then drain it.

    Args:
        settings: What the operator has set.
        stop: Set to stop; everything has ended within `shutdown.grace_seconds`.
        live: Where settings that are read again are announced, if they are.
        demonstration: What a demo says of itself; None where this is none.
        task_status: Started with the HTTP addresses, as `host:port`, once the router works.

    Raises:
        MigrationError: The database is not fit for this version, and waiting does not help.
        CannotListen: The HTTP address cannot be listened on.
    """
    readiness = Readiness(*READY_PARTS)
    ways_out = make_ways_out(settings.delivery)
    async with (
        trio_asyncio.open_loop(),
        open_database(
            settings.database.url,
            pool_size=settings.database.pool_size,
            pgbouncer=settings.database.pgbouncer,
        ) as database,
        ways_out.open(settings.delivery) as webhooks,
        open_publishers(options.client_options(settings.mqtt)) as publisher,
        trio.open_nursery() as servers,
    ):
        parts = join_parts(
            settings, database, webhooks, publisher, readiness, ways_out.tls.certificates_of
        )
        live = live or LiveSettings(settings, lambda: settings)
        ways_out.follow(live)
        follow_settings(
            live,
            prefixes=parts.base.republish_prefixes,
            rates=parts.ingest.rates,
            gate=parts.base.gate,
            broadcaster=parts.streaming.broadcaster,
            tokens=parts.access.tokens,
        )
        http_stop = trio.Event()
        addresses = await servers.start(serve_http, parts, live, http_stop, demonstration)
        memory = await unless_set(stop, partial(_prepare, parts))
        if memory is not None:
            ids = EventIds(node=memory.node, last=memory.last_id)
            async with trio.open_nursery() as keepers:
                await unless_set(stop, partial(_start_keepers, keepers, parts, ids))
                await _work(parts, memory, ids, stop, lambda: task_status.started(addresses))
                await _say_farewell(parts)
                keepers.cancel_scope.cancel()
        parts.streaming.stop.set()
        http_stop.set()


async def _say_farewell(parts: Parts) -> None:
    """Note which devices were heard of last, and export the spans that wait."""
    with trio.move_on_after(FAREWELL_SECONDS):
        await parts.devices.last_seen.write(parts.devices.source)
    if parts.tracing is not None:
        with trio.move_on_after(FAREWELL_SECONDS):
            await parts.tracing.exporter.flush()


async def _prepare(parts: Parts) -> IngestMemory:
    """Wait for the database, migrate it, and load what the stages begin with."""
    settings, ingest = parts.base.settings, parts.ingest
    database = settings.database

    async def prepare() -> IngestMemory:
        url = database.migration_url or database.direct_url or database.url
        await migrate(
            url,
            login_role=options.login_role(database),
            pgbouncer=database.pgbouncer and url == database.url,
        )
        with collect_nothing():
            await ingest.routes.refresh()
        await parts.ledger.open()
        filters = options.client_options(settings.mqtt).subscriptions
        memory = await ingest.store.begin()
        ingest.client.remember(await ingest.session_store.begin(filters))
        return memory

    report = partial(parts.base.readiness.report, "database")
    # Somebody may be needed who has the rights: once they have migrated, it goes on by itself.
    memory = await outlast((*TROUBLE, NotAllowedHere), prepare, report=report)
    for part in ("router", "database", "devices", "storage", "deliveries"):
        parts.base.readiness.report(part, None)
    return memory


async def _start_keepers(nursery: trio.Nursery, parts: Parts, ids: EventIds) -> None:
    """Start what keeps the parts informed and the tables in order, beside the work."""
    await nursery.start(partial(_keep_tables, parts))
    await nursery.start(parts.routes.upkeep.run)
    await nursery.start(partial(_hear_changes, parts))
    nursery.start_soon(_watch_database, parts)
    nursery.start_soon(_watch_progress, parts)
    nursery.start_soon(_watch_clock, parts, ids)
    nursery.start_soon(parts.loop_lag.run)
    nursery.start_soon(parts.devices.last_seen.run, parts.devices.source)
    nursery.start_soon(_note_session, parts)
    nursery.start_soon(parts.backlogs.run)
    nursery.start_soon(parts.streaming.figures.run)
    nursery.start_soon(parts.streaming.changes.run)
    if parts.tracing is not None:
        nursery.start_soon(parts.tracing.exporter.run)
    nursery.start_soon(logs.tell_counted)


async def _keep_tables(  # noqa: ASYNC128 - started by the maintenance
    parts: Parts, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Remove what is too old, and make room for what comes."""
    retention = parts.base.settings.retention
    await maintenance.run(
        parts.base.database,
        telemetry_days=retention.telemetry_days,
        rejected_days=retention.rejected_days,
        dead_letter_days=retention.dead_letter_days,
        alert_days=retention.alert_days,
        audit_days=retention.audit_days,
        receipt_days=retention.receipt_days,
        task_status=task_status,
    )


async def _hear_changes(  # noqa: ASYNC128 - started by the listener
    parts: Parts, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    """Act on what the database announces; look for it, often where it cannot be listened to."""
    database, changes = parts.base.settings.database, parts.changes
    url = options.listening_url(database)
    await listen(
        url,
        CHANGES,
        changes.act_on,
        on_gap=changes.catch_up,
        on_connect=changes.doubt_all,
        poll_seconds=database.poll_seconds if url is None else CATCH_UP_SECONDS,
        task_status=task_status,
    )


async def _watch_database(parts: Parts) -> None:
    """Tell when the database is away, and end when this life is over."""
    await watch(parts.ingest.store.check, report=partial(parts.base.readiness.report, "database"))


async def _watch_progress(parts: Parts) -> None:
    """Tell when messages are in hand, and none is acknowledged."""
    client = parts.ingest.client
    await watch_progress(
        Progress(),
        lambda: (client.messages_in_hand, client.acknowledged),
        report=partial(parts.base.readiness.report, "progress"),
    )


async def _watch_clock(parts: Parts, ids: EventIds) -> None:
    """Tell when the clock is behind the newest id: that was given by the clock of then."""
    await parts.clock.run(
        lambda: unix_seconds_of(ids.last), report=partial(parts.base.readiness.report, "clock")
    )


async def _note_session(parts: Parts) -> None:
    """Once the broker has settled the session, note its filters for the next run."""
    await parts.ingest.client.settled.wait()
    filters = options.client_options(parts.base.settings.mqtt).subscriptions
    settle = partial(parts.ingest.session_store.settle, filters)
    await outlast(TROUBLE, settle, report=partial(parts.base.readiness.report, "database"))


async def _note_new_sessions(  # noqa: ASYNC128 - ended by the scope that it gives
    parts: Parts, writer: Writer, *, task_status: trio.TaskStatus[trio.CancelScope]
) -> None:
    """Note after which commit the broker has begun a session: its packet ids are new ones."""
    report = partial(parts.base.readiness.report, "database")
    with trio.CancelScope() as scope:
        task_status.started(scope)
        while True:
            await parts.ingest.client.new_session()
            begun = partial(parts.ingest.session_store.begun, after=writer.sequence)
            await outlast(TROUBLE, begun, report=report)


async def _work(
    parts: Parts,
    memory: IngestMemory,
    ids: EventIds,
    stop: trio.Event,
    started: Callable[[], None],
) -> None:
    """Deliver and ingest; when told to stop, ingest drains first, then the deliveries."""
    grace_seconds = parts.base.settings.shutdown.grace_seconds
    dispatcher = parts.delivery.dispatcher
    async with trio.open_nursery() as delivery, trio.open_nursery() as jobs:
        await delivery.start(dispatcher.run)
        jobs.start_soon(parts.jobs.run)
        with trio.CancelScope() as ingest_scope:
            async with trio.open_nursery() as ingest:
                ingest.start_soon(_ingest, parts, memory, ids)
                collect_less()
                started()
                await stop.wait()
                _log.info("stopping")
                parts.base.readiness.report("router", STOPPING)
                ingest_scope.deadline = trio.current_time() + grace_seconds * INGEST_SHARE
                parts.ingest.client.stop_reading()
        if ingest_scope.cancelled_caught:
            _log.warning("not all messages in hand were stored; the broker keeps them")
        latest = trio.current_time() + grace_seconds * DELIVERY_SHARE
        parts.jobs.stop()
        jobs.cancel_scope.deadline = latest
        dispatcher.drain(deadline=latest)


async def _ingest(parts: Parts, memory: IngestMemory, ids: EventIds) -> None:
    """Run client, decoder and writer until the client has stopped and all is acknowledged."""
    client = parts.ingest.client
    decoder, writer = make_stages(parts, memory, ids)
    to_writer, decoded = trio.open_memory_channel[DecodedBatch](IN_FLIGHT)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(client.run)
        nursery.start_soon(decoder.run, parts.ingest.arrivals, to_writer)
        noting = await nursery.start(_note_new_sessions, parts, writer)
        await writer.run(decoded)
        client.disconnect()
        noting.cancel()
