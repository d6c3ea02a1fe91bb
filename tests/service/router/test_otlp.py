"""Spans of sampled traces, from a real router to a collector; and what a dead collector costs."""

from __future__ import annotations

import json
from collections.abc import Sequence

import trio

from pulse_router.domain.tracing import attempt_span_id, ingest_span_id
from tests.support.collector import Collector, Seen, open_collector
from tests.support.commands.router import World
from tests.support.delivery.sink import Received, WebhookSink
from tests.support.endurance.books import assert_books_balance
from tests.support.mqtt.fleet import payload
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_until

TRACE, DEVICE = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED = [("traceparent", f"00-{TRACE}-{DEVICE}-01"), ("tracestate", "rojo=1")]
UNSAMPLED = [("traceparent", f"00-{TRACE}-{DEVICE}-00")]


def metric(world: World, name: str) -> int:
    answer = world.router.get("/metrics")
    assert answer is not None
    [line] = [line for line in answer.text.splitlines() if line.startswith(f"{name} ")]
    return int(float(line.split()[1]))


def named(collector: Collector, name: str) -> Sequence[Seen]:
    return [span for span in collector.spans if span.name == name]


def add_routes(world: World, sink: WebhookSink) -> None:
    """One that needs a second attempt, and one that takes batches."""
    url = f"http://127.0.0.1:{sink.port}"
    again = {"url": f"{url}/one", "retry": {"initial_seconds": 0.1, "max_seconds": 0.2}}
    batch = {"url": f"{url}/batch", "batch": {"max_messages": 10, "max_wait_ms": 50}}
    for config in (again, batch):
        world.rows(
            "INSERT INTO message_routes"
            " (tenant_id, name, topic_filter, destination_type, destination_config) VALUES"
            f" ('TENANT1', 'r', '{world.topic()}', 'webhook', '{json.dumps(config)}')"
        )

    def judge(request: Received) -> int:
        is_first = request.path == "/one" and not any(r.path == "/one" for r in sink.received)
        return 503 if is_first else 204

    sink.status_of = judge


async def test_sampled_traces_are_exported_and_others_are_not(
    world: World, sink: WebhookSink
) -> None:
    add_routes(world, sink)
    async with open_collector() as collector, open_publisher(world.broker.port) as publisher:
        world.router.environment["PULSE_TRACE_OTLP_URL"] = collector.url
        await world.router.start_and_wait()
        await publisher.publish(world.topic(), payload(1), properties=SAMPLED)
        await wait_until(lambda: len(named(collector, "deliver")) >= 3)
        await publisher.publish(world.topic(), payload(2), properties=UNSAMPLED)
        await publisher.publish(world.topic(), payload(3))
        await wait_until(lambda: len(sink.received) >= 6)
        await publisher.publish(world.topic(), payload(4), properties=SAMPLED)
        await wait_until(lambda: len(sink.received) >= 8)
        # What waits when it stops is exported still.
        await trio.to_thread.run_sync(world.router.stop)
        stored, *_ = named(collector, "ingest")
        assert len(named(collector, "ingest")) == 2
        assert len(named(collector, "deliver")) == 5
    number = int(world.value("SELECT min(event_id) FROM telemetry"))
    assert (stored.span_id, stored.parent_id) == (ingest_span_id(number), DEVICE)
    assert {span.trace_id for span in collector.spans} == {TRACE}
    assert {span.state for span in collector.spans} == {"rojo=1"}
    attempts = [
        span
        for span in named(collector, "deliver")
        if span.attributes["pulse.event_id"] == str(number)
    ]
    assert {span.parent_id for span in attempts} == {stored.span_id}
    first, second = sorted(
        (span for span in attempts if span.attributes["pulse.route_id"] == 1),
        key=lambda span: span.attributes["pulse.attempt"],
    )
    delivery = int(first.attributes["pulse.delivery_id"])
    assert (first.span_id, second.span_id) == (
        attempt_span_id(delivery, 1),
        attempt_span_id(delivery, 2),
    )
    assert first.error is not None
    assert "503" in first.error
    assert first.attributes["http.response.status_code"] == 503
    assert second.error is None
    told = {request.headers.get("traceparent") for request in sink.received}
    assert {f"00-{TRACE}-{span.span_id}-01" for span in (first, second)} <= told


async def test_a_collector_that_hangs_costs_nothing_but_counted_spans(
    world: World, sink: WebhookSink
) -> None:
    async def hang(_stream: object, _request: object) -> None:
        await trio.sleep_forever()

    sink.status_of = None
    url = json.dumps({"url": f"http://127.0.0.1:{sink.port}/all"})
    world.rows(
        "INSERT INTO message_routes"
        " (tenant_id, name, topic_filter, destination_type, destination_config) VALUES"
        f" ('TENANT1', 'r', 'tenant/#', 'webhook', '{url}')"
    )
    async with open_collector(hang) as collector, open_publisher(world.broker.port) as publisher:
        world.router.environment["PULSE_TRACE_OTLP_URL"] = collector.url
        await world.router.start_and_wait()
        for number in range(1_500):
            await publisher.publish(world.topic(), payload(number), properties=SAMPLED)
        await wait_until(lambda: len(sink.received) == 1_500, seconds=60)
        # One request hangs, so many wait, and of 3,000 spans the others have no room.
        await wait_until(lambda: metric(world, "pulse_trace_spans_dropped_total") > 0)
        assert metric(world, "pulse_trace_spans_exported_total") == 0
        assert await trio.to_thread.run_sync(world.router.stop) == 0
    assert_books_balance(world)
