"""Spans on their way to a collector: written by its types, bounded, counted when lost."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.domain.spans import Span, SpanKind, attempt_span
from pulse_router.otlp.encoding import read_rejected, write_request
from pulse_router.otlp.exporter import AT_ONCE, OtlpExporter
from pulse_router.otlp.queue import CAPACITY, SpanQueue
from tests.support.collector import TAKEN, open_collector, refusing
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import Answer, answer

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def span(number: int = 1, **changes: str) -> Span:
    return Span(
        TRACE,
        f"{number:016x}",
        "00f067aa0ba902b7",
        "deliver",
        SpanKind.CLIENT,
        1_795_000_000.25,
        1_795_000_001.75,
        {"pulse.route_id": 7, "pulse.device_id": "D"},
        **changes,
    )


def exporter_to(url: str, queue: SpanQueue) -> OtlpExporter:
    write = partial(write_request, instance="box/pulse-router")
    return OtlpExporter(url, queue, write=write, read_rejected=read_rejected)


async def test_spans_arrive_as_they_were() -> None:
    queue = SpanQueue()
    queue.record(span(1))
    queue.record(span(2, error="HTTP 503", state="rojo=1"))
    async with open_collector() as collector:
        await exporter_to(collector.url, queue).flush()
    good, bad = collector.spans
    assert (good.trace_id, good.span_id, good.parent_id) == (TRACE, f"{1:016x}", "00f067aa0ba902b7")
    assert (good.name, round(good.seconds, 5), good.error, good.state) == ("deliver", 1.5, None, "")
    assert good.attributes == {"pulse.route_id": 7, "pulse.device_id": "D"}
    assert (bad.error, bad.state) == ("HTTP 503", "rojo=1")
    assert (queue.exported, queue.dropped, len(queue)) == (2, 0, 0)


async def test_what_has_no_room_is_dropped_and_counted() -> None:
    queue = SpanQueue()
    for number in range(CAPACITY + 100):
        queue.record(span(number + 1))
    assert (len(queue), queue.dropped) == (CAPACITY, 100)
    async with open_collector() as collector:
        await exporter_to(collector.url, queue).flush()
        assert len(collector.endpoint.requests) == CAPACITY // AT_ONCE
    assert [each.span_id for each in collector.spans] == [
        f"{number + 1:016x}" for number in range(CAPACITY)
    ]
    assert (queue.exported, queue.dropped) == (CAPACITY, 100)


@pytest.mark.parametrize(
    ("said", "dropped"),
    [
        (TAKEN, 0),
        (refusing(2), 2),
        (refusing(1000), 3),
        (refusing(-5), 0),
        (answer(200, b"\xff\xff no protobuf"), 0),
        (answer(204), 0),
        (answer(400), 3),
        (answer(503), 3),
        (answer(307, Location="http://127.0.0.1:9/"), 3),
        (answer(200, b"x" * 1_000_000), 0),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", 0),
        (b"SSH-2.0-OpenSSH\r\n\r\n", 3),
        (b"\x00" * 100, 3),
    ],
)
async def test_a_collector_costs_the_spans_that_it_does_not_take(
    said: Answer, dropped: int
) -> None:
    queue = SpanQueue()
    for number in range(3):
        queue.record(span(number + 1))
    async with open_collector(said) as collector:
        await exporter_to(collector.url, queue).flush()
    assert (queue.exported, queue.dropped) == (3 - dropped, dropped)


async def test_a_collector_that_is_not_there_costs_spans_only() -> None:
    queue = SpanQueue()
    queue.record(span())
    await exporter_to("http://127.0.0.1:9", queue).flush()
    assert (queue.exported, queue.dropped) == (0, 1)


@given(st.text(), st.text(), st.integers(-(2**31), 2**31), st.integers(100, 999) | st.none())
def test_whatever_an_attempt_was_of_it_can_be_written(
    error: str, device_id: str, attempts: int, status: int | None
) -> None:
    trace = f"00-{TRACE}-00f067aa0ba902b7-01"
    delivery = make_delivery(trace=trace, device_id=device_id, attempts=attempts)
    outcome = Outcome(Verdict.RETRY, error=error, status=status)
    made = attempt_span(delivery, make_route(), outcome, began_at=0.0, ended_at=-1.0)
    assert made is not None
    assert write_request([made], instance=error)


def test_what_is_not_sampled_is_no_span() -> None:
    outcome = Outcome(Verdict.DELIVERED)
    for trace in (None, "nonsense", f"00-{TRACE}-00f067aa0ba902b7-00"):
        delivery = make_delivery(trace=trace)
        assert attempt_span(delivery, make_route(), outcome, began_at=0, ended_at=1) is None
