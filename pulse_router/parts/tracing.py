"""Tracing across systems: who records spans, and who exports them; nobody unless it is wanted."""

from __future__ import annotations

from functools import partial

import attrs

from pulse_router import options
from pulse_router.otlp.exporter import OtlpExporter
from pulse_router.otlp.queue import SpanQueue
from pulse_router.settings import Settings


@attrs.frozen
class TracingParts:
    """What spans wait in, and who exports them."""

    queue: SpanQueue
    exporter: OtlpExporter


def join_tracing(settings: Settings) -> TracingParts | None:
    """Join what exports spans, where the operator has named a collector.

    What writes them is read now, and not before: most have no use for it.
    """
    url = settings.trace.otlp_url
    if url is None:
        return None
    from pulse_router.otlp import encoding  # noqa: PLC0415 - an extra, and 10 MB

    queue = SpanQueue()
    write = partial(encoding.write_request, instance=options.router_name(settings.mqtt))
    exporter = OtlpExporter(url, queue, write=write, read_rejected=encoding.read_rejected)
    return TracingParts(queue, exporter)
