"""What was lost before it came here, as far as broker, sessions and devices tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs

from pulse_router.api.metrics import Sample
from pulse_router.domain.sequences import Step
from pulse_router.ingest.sequences import Sequences
from pulse_router.mqtt.client import Client
from pulse_router.otlp.queue import SpanQueue

_GAPS: Final = "Gaps in the numbers of devices, found since the start."
_MISSING: Final = "Numbers of devices that never came, since the start."


@attrs.frozen
class UpstreamWatch:
    """Knows where losses are told of.

    `sequences` is None where nothing is followed that devices count, `spans` where none are
    exported.
    """

    client: Client
    sequences: Sequences | None = None
    spans: SpanQueue | None = None

    @property
    def figures(self) -> dict[str, int | None]:
        """What `/health` says."""
        client, sequences = self.client, self.sequences
        return {
            "sessions_lost": client.sessions_lost,
            "estimated_lost": client.estimated_lost,
            "broker_dropped": client.broker_dropped,
            "gaps": 0 if sequences is None else sequences.steps[Step.GAP],
        }

    def samples(self) -> Iterable[Sample]:
        """Tell it to Prometheus; what nobody knows is left out."""
        client, sequences = self.client, self.sequences
        name = "pulse_upstream_sessions_lost_total"
        description = "Sessions that the broker has lost since the start."
        yield Sample(name, "counter", description, client.sessions_lost)
        if client.estimated_lost is not None:
            name = "pulse_upstream_estimated_lost_total"
            description = "Messages that were lost with them, at the rate of before."
            yield Sample(name, "counter", description, client.estimated_lost)
        if client.broker_dropped is not None:
            name = "pulse_upstream_broker_dropped"
            description = "Messages of any client that the broker has dropped since we connected."
            yield Sample(name, "gauge", description, client.broker_dropped)
        yield from self._samples_of_spans()
        if sequences is None:
            return
        yield Sample("pulse_upstream_gaps_total", "counter", _GAPS, sequences.steps[Step.GAP])
        yield Sample("pulse_upstream_missing_total", "counter", _MISSING, sequences.missing)
        for step in (Step.REPEAT, Step.RESTART):
            name = f"pulse_upstream_{step.value}s_total"
            description = f"Numbers of devices that were a {step.value}, since the start."
            yield Sample(name, "counter", description, sequences.steps[step])
        name, unkept = "pulse_upstream_gaps_unkept_total", sequences.unkept
        yield Sample(name, "counter", "Gaps that were counted and not kept, for the cap.", unkept)

    def _samples_of_spans(self) -> Iterable[Sample]:
        if (spans := self.spans) is None:
            return
        description = "Spans that a collector has taken, since the start."
        yield Sample("pulse_trace_spans_exported_total", "counter", description, spans.exported)
        description = "Spans that no collector has taken, or will."
        yield Sample("pulse_trace_spans_dropped_total", "counter", description, spans.dropped)
