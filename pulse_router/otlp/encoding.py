"""Writes spans as OTLP wants them, by its published types; needs the extra `otlp`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from pulse_router import __version__
from pulse_router.domain.spans import Attribute, Span, SpanKind

_KINDS: Final = {
    SpanKind.CLIENT: SpanMessage.SPAN_KIND_CLIENT,
    SpanKind.PRODUCER: SpanMessage.SPAN_KIND_PRODUCER,
    SpanKind.CONSUMER: SpanMessage.SPAN_KIND_CONSUMER,
}


def write_request(spans: Sequence[Span], *, instance: str) -> bytes:
    """Write the body of an export.

    Args:
        spans: What is exported.
        instance: The name of this router.
    """
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    names = {
        "service.name": "pulse-router",
        "service.version": __version__,
        "service.instance.id": instance,
    }
    resource.resource.attributes.extend(_attributes(names))
    scope = resource.scope_spans.add()
    scope.scope.name = "pulse-router"
    scope.scope.version = __version__
    scope.spans.extend(map(_span, spans))
    return bytes(request.SerializeToString())


def read_rejected(body: bytes) -> int:
    """Read how many spans a collector has refused, from the answer to an export."""
    try:
        answer = ExportTraceServiceResponse.FromString(body)
    except DecodeError:
        return 0  # it has taken them, and says so in words of its own
    return max(0, int(answer.partial_success.rejected_spans))


def _span(span: Span) -> SpanMessage:
    status = Status(code=Status.STATUS_CODE_OK)
    if span.error:
        status = Status(code=Status.STATUS_CODE_ERROR, message=_fit(span.error))
    return SpanMessage(
        trace_id=bytes.fromhex(span.trace_id),
        span_id=bytes.fromhex(span.span_id),
        parent_span_id=bytes.fromhex(span.parent_id),
        trace_state=span.state,
        name=span.name,
        kind=_KINDS[span.kind],
        start_time_unix_nano=_nanoseconds(span.began_at),
        end_time_unix_nano=_nanoseconds(max(span.began_at, span.ended_at)),
        attributes=_attributes(span.attributes),
        status=status,
    )


def _attributes(attributes: Mapping[str, Attribute]) -> list[KeyValue]:
    return [KeyValue(key=name, value=_value(value)) for name, value in attributes.items()]


def _value(value: Attribute) -> AnyValue:
    return (
        AnyValue(string_value=_fit(value)) if isinstance(value, str) else AnyValue(int_value=value)
    )


def _fit(text: str) -> str:
    """Make a text fit for UTF-8: a row may hold half a character."""
    return text.encode("utf-8", "replace").decode()


def _nanoseconds(unix_seconds: float) -> int:
    return max(0, round(unix_seconds * 1_000_000_000))
