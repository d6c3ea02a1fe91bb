"""Telemetry as live clients see it, and what of it can still be had by one that was away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import attrs
import msgspec

from pulse_router.domain.messages import Message, MetricValue, TelemetryEvent

STREAMED_TYPE: Final = "telemetry"
"""The message type that is streamed live."""

MAX_EVENT_ID: Final = 2**63 - 1

_decode_metrics: Final = msgspec.json.Decoder(dict[str, MetricValue]).decode


@attrs.frozen
class ResumePoint:
    """What of a tenant's events after an id can still be had from the table.

    Attributes:
        is_complete: Whether nothing after that id is missing.
        first_id: Where something is missing: the first event that is there, after which nothing
            is missing; None when there is none.
    """

    is_complete: bool
    first_id: int | None = None


@attrs.frozen
class EventPage:
    """Events of the table in the order of their ids.

    Attributes:
        events: Those that were wanted.
        last_id: The id up to which these are all; None when the table has no more.
    """

    events: Sequence[TelemetryEvent]
    last_id: int | None


def as_event(message: Message, metrics: Mapping[str, MetricValue] | None = None) -> TelemetryEvent:
    """Give a message of the streamed type as live clients see it.

    Args:
        message: The message.
        metrics: Its metrics, where they are at hand; else they are read out of it.
    """
    if metrics is None:
        metrics = {} if message.metrics is None else _decode_metrics(message.metrics)
    return TelemetryEvent(
        event_id=message.event_id,
        tenant_id=message.tenant_id,
        device_id=message.device_id,
        site_id=message.site_id,
        topic=_topic_of(message.tenant_id, message.device_id),
        time=message.time,
        metrics=metrics,
    )


def read_event(
    event_id: int,
    tenant_id: str,
    device_id: str,
    site_id: str | None,
    time: datetime,
    metrics: str | None,
) -> TelemetryEvent:
    """Make an event of what is stored of it; `metrics` is JSON text."""
    return TelemetryEvent(
        event_id=event_id,
        tenant_id=tenant_id,
        device_id=device_id,
        site_id=site_id,
        topic=_topic_of(tenant_id, device_id),
        time=time,
        metrics={} if metrics is None else _decode_metrics(metrics),
    )


def _topic_of(tenant_id: str, device_id: str) -> str:
    return f"tenant/{tenant_id}/device/{device_id}/{STREAMED_TYPE}"
