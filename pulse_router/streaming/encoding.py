"""Events as JSON text for live clients; knows nothing of connections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs
import msgspec

from pulse_router.domain.messages import MetricValue, TelemetryEvent
from pulse_router.runtime.times import in_utc

_JSON: Final = msgspec.json.Encoder()


@attrs.define
class EncodedEvent:
    """One event as it is sent, to however many clients.

    Attributes:
        event_id: Its place in the stream.
        text: It as JSON.
        frame: Where the API keeps it as it goes over the wire, once it is needed so.
    """

    event_id: int
    text: str
    frame: bytes | None = attrs.field(default=None, eq=False, repr=False)


class Encodings:
    """The encodings of one event: each is made once, when the first client wants it.

    Args:
        event: The event.
    """

    __slots__ = ("_event", "_made")

    def __init__(self, event: TelemetryEvent) -> None:
        self._event = event
        self._made: dict[frozenset[str], EncodedEvent | None] = {}

    def under(self, metric_names: frozenset[str]) -> EncodedEvent | None:
        """Give the event as a client with this metric filter sees it.

        Returns:
            The encoded event, or None when it has none of the metrics.
        """
        try:
            return self._made[metric_names]
        except KeyError:
            made = self._made[metric_names] = self._encode(metric_names)
            return made

    def _encode(self, metric_names: frozenset[str]) -> EncodedEvent | None:
        event = self._event
        metrics: Mapping[str, MetricValue] = event.metrics
        if metric_names:
            metrics = {name: value for name, value in metrics.items() if name in metric_names}
            if not metrics:
                return None
        text = _JSON.encode(
            {
                "type": "telemetry",
                "id": str(event.event_id),
                "device_id": event.device_id,
                "tenant_id": event.tenant_id,
                "site_id": event.site_id,
                "metrics": metrics,
                "timestamp": in_utc(event.time),
                "topic": event.topic,
            }
        )
        return EncodedEvent(event.event_id, text.decode())
