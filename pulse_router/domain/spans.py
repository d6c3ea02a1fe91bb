"""Spans: what the router has done for a message that is part of a sampled trace.

Pure: it knows no protocol that carries them.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import TypeAlias

import attrs

from pulse_router.domain.deliveries import Delivery, Outcome, Verdict
from pulse_router.domain.messages import Message
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.domain.tracing import attempt_span_id, ingest_span_id, read_trace

Attribute: TypeAlias = str | int


class SpanKind(enum.Enum):
    """What the router was in it (OpenTelemetry)."""

    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"


@attrs.frozen
class Span:
    """Something that was done; times are Unix seconds, `error` says what it failed of."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: SpanKind
    began_at: float
    ended_at: float
    attributes: Mapping[str, Attribute]
    error: str = ""
    state: str = ""


def ingest_span(message: Message, trace: str, *, ended_at: float) -> Span | None:
    """Tell of a message that was stored; None where its trace is not sampled.

    Args:
        message: The message.
        trace: Its trace, as it is kept.
        ended_at: When it was committed.
    """
    context = read_trace(trace)
    if context is None or not context.is_sampled:
        return None
    return Span(
        context.trace_id,
        ingest_span_id(message.event_id),
        context.parent_id,
        "ingest",
        SpanKind.CONSUMER,
        message.received_at.timestamp(),
        ended_at,
        {
            "messaging.system": "mqtt",
            "pulse.tenant_id": message.tenant_id,
            "pulse.device_id": message.device_id,
            "pulse.msg_type": message.msg_type,
            "pulse.event_id": str(message.event_id),
        },
        state=context.state,
    )


def attempt_span(
    delivery: Delivery, route: Route, outcome: Outcome, *, began_at: float, ended_at: float
) -> Span | None:
    """Tell of an attempt; None where its message has no trace that is sampled.

    Args:
        delivery: What was delivered, as it was before the attempt.
        route: By which route.
        outcome: How it ended.
        began_at: When it began.
        ended_at: When it ended.
    """
    context = None if delivery.trace is None else read_trace(delivery.trace)
    if context is None or not context.is_sampled:
        return None
    attributes: dict[str, Attribute] = {
        "pulse.tenant_id": delivery.tenant_id,
        "pulse.device_id": delivery.device_id,
        "pulse.event_id": str(delivery.event_id),
        "pulse.delivery_id": delivery.message_id,
        "pulse.attempt": delivery.spent + 1,
        "pulse.route_id": route.id,
        "pulse.destination_type": str(route.destination_type),
        "pulse.verdict": outcome.verdict.value,
    }
    if outcome.status is not None:
        attributes["http.response.status_code"] = outcome.status
    is_mqtt = route.destination_type is DestinationType.MQTT_REPUBLISH
    return Span(
        context.trace_id,
        attempt_span_id(delivery.id, delivery.attempts + 1),
        ingest_span_id(delivery.event_id),
        "deliver",
        SpanKind.PRODUCER if is_mqtt else SpanKind.CLIENT,
        began_at,
        ended_at,
        attributes,
        error="" if outcome.verdict is Verdict.DELIVERED else outcome.error or "failed",
        state=context.state,
    )
