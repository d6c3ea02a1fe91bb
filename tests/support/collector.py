"""A collector of spans: takes what OTLP over HTTP brings, and reads it by the published types."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import attrs
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.support.delivery.endpoints import Answer, Endpoint, answer, open_endpoint

TAKEN = answer(200, ExportTraceServiceResponse().SerializeToString())


@attrs.frozen
class Seen:
    """A span, as the collector has read it."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    state: str
    error: str | None
    seconds: float
    attributes: dict[str, Any]


@attrs.define
class Collector:
    """What has come."""

    endpoint: Endpoint

    @property
    def url(self) -> str:
        return self.endpoint.url("")

    @property
    def spans(self) -> Sequence[Seen]:
        found = []
        for request in self.endpoint.requests:
            assert request.target == "/v1/traces"
            assert request.headers["content-type"] == "application/x-protobuf"
            message = ExportTraceServiceRequest.FromString(request.body)
            for resource in message.resource_spans:
                names = {each.key: each.value.string_value for each in resource.resource.attributes}
                assert names["service.name"] == "pulse-router"
                found += [_seen(span) for scope in resource.scope_spans for span in scope.spans]
        return found


def _seen(span: Span) -> Seen:
    assert span.end_time_unix_nano >= span.start_time_unix_nano > 10**18
    error = span.status.message if span.status.code == Status.STATUS_CODE_ERROR else None
    return Seen(
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.name,
        span.trace_state,
        error,
        (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
        {
            each.key: getattr(each.value, str(each.value.WhichOneof("value")))
            for each in span.attributes
        },
    )


def refusing(count: int) -> bytes:
    """A collector's answer that it has taken all but so many."""
    taken = ExportTraceServiceResponse()
    taken.partial_success.rejected_spans = count
    return answer(200, taken.SerializeToString())


@asynccontextmanager
async def open_collector(*answers: Answer) -> AsyncIterator[Collector]:
    """Run a collector; without answers it takes all."""
    async with open_endpoint(*(answers or (TAKEN,))) as endpoint:
        yield Collector(endpoint)
