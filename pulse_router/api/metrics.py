"""Figures in Prometheus' text format; it knows none of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import attrs
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST


@attrs.frozen
class Sample:
    """A figure for `/metrics`; the name begins with `pulse_`, a counter's ends with `_total`.

    A histogram's value is the sum, and it has buckets: up to what each counts, and how many.

    Label values come from a fixed, small set, or the time series grow without bound.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    description: str
    value: float
    labels: Mapping[str, str] = attrs.field(factory=dict)
    buckets: Sequence[tuple[str, int]] = ()


def counter(name: str, description: str, value: float, **labels: str) -> Sample:
    """Make a figure that only grows."""
    return Sample(name, "counter", description, value, labels)


def gauge(name: str, description: str, value: float) -> Sample:
    """Make a figure that goes up and down."""
    return Sample(name, "gauge", description, value)


def exposition(samples: Iterable[Sample]) -> bytes:
    """Write figures as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(_Collector(samples))
    return generate_latest(registry)


class _Collector(Collector):
    """Shows samples that were read for this scrape."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._samples = list(samples)

    def collect(self) -> Iterable[Metric]:
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {}
        for sample in self._samples:
            if sample.kind == "histogram":
                yield HistogramMetricFamily(
                    sample.name, sample.description, sample.buckets, sample.value
                )
                continue
            family = families.get(sample.name)
            if family is None:
                kind = CounterMetricFamily if sample.kind == "counter" else GaugeMetricFamily
                family = families[sample.name] = kind(
                    sample.name, sample.description, labels=list(sample.labels)
                )
            family.add_metric(list(sample.labels.values()), sample.value)
        yield from families.values()
