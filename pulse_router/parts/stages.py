"""The stages of ingest, made when what earlier runs have committed is loaded."""

from __future__ import annotations

from functools import partial

from pulse_router import options
from pulse_router.domain.event_ids import EventIds
from pulse_router.domain.messages import IngestMemory
from pulse_router.ingest.decoder import Decoder
from pulse_router.ingest.redelivery import RedeliveryWindow
from pulse_router.ingest.writer import Writer
from pulse_router.parts.parts import Parts


def make_stages(parts: Parts, memory: IngestMemory, ids: EventIds) -> tuple[Decoder, Writer]:
    """Make the stages of ingest, which go on where an earlier run has ended.

    Args:
        parts: What they are joined with.
        memory: What earlier runs have committed.
        ids: Gives the ids of what comes.
    """
    parts.streaming.recent.open(memory.last_id)
    return _make_decoder(parts, memory, ids), _make_writer(parts, memory, ids)


def _make_decoder(parts: Parts, memory: IngestMemory, ids: EventIds) -> Decoder:
    settings = parts.base.settings.ingest
    return Decoder(
        limits=options.ingest_limits(settings),
        rates=parts.ingest.rates,
        rejections=parts.ingest.rejections,
        last_seen=parts.devices.last_seen,
        faults=parts.ingest.faults,
        registry=parts.devices.registry,
        routes=parts.ingest.routes,
        live=parts.streaming.broadcaster,
        recent=parts.streaming.recent,
        ids=ids,
        window=RedeliveryWindow(
            memory.seen, receive_maximum=parts.base.settings.mqtt.receive_maximum
        ),
        judge=parts.ingest.judge,
        report=partial(parts.base.readiness.report, "devices"),
        costs=parts.ingest.costs,
        most_matches_of=lambda tenant_id: parts.base.budgets.of(tenant_id).matches_per_message,
        sequences=parts.ingest.sequences,
    )


def _make_writer(parts: Parts, memory: IngestMemory, ids: EventIds) -> Writer:
    return Writer(
        store=parts.ingest.store,
        receiver=parts.delivery.dispatcher,
        ids=ids,
        last_sequence=memory.last_sequence,
        report=partial(parts.base.readiness.report, "storage"),
        on_commit=parts.ledger.add,
        recent=parts.streaming.recent,
        sequences=parts.ingest.sequences,
        spans=None if parts.tracing is None else parts.tracing.queue,
    )
