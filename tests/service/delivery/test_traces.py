"""A device's trace goes on with its message: to webhooks, topics, dead letters, replays."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import attrs
import pytest
import trio

from pulse_router.domain.tracing import attempt_span_id
from tests.support.commands.router import TENANT, World
from tests.support.delivery.sink import Received, WebhookSink
from tests.support.endurance.books import assert_books_balance
from tests.support.mqtt.fleet import payload
from tests.support.mqtt.publisher import Publisher, open_publisher
from tests.support.mqtt.receiver import session_of
from tests.support.waiting import wait_until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
STATE = "rojo=1,congo=2"
TOLD = [("unit", "°C"), ("traceparent", PARENT), ("tracestate", STATE)]
MANY = 600
"""More rows than are stored in one round trip."""


def add_route(world: World, device: int, kind: str, **config: Any) -> int:
    stored = json.dumps(config)
    return int(
        world.value(
            "INSERT INTO message_routes"
            " (tenant_id, name, topic_filter, destination_type, destination_config) VALUES"
            f" ('{TENANT}', 'r', '{world.topic(device)}', '{kind}', '{stored}') RETURNING id"
        )
    )


def expected(delivery_id: str, attempt: int) -> str:
    return f"00-{TRACE}-{attempt_span_id(int(delivery_id), attempt)}-01"


def told(request: Received) -> tuple[str | None, str | None]:
    return request.headers.get("traceparent"), request.headers.get("tracestate")


@attrs.define
class Traces:
    """A router, what it delivers to, and a device."""

    world: World
    sink: WebhookSink
    publisher: Publisher

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.sink.port}"

    async def send(
        self, device: int, properties: Sequence[tuple[str, str]] = TOLD, count: int = 1
    ) -> None:
        for _ in range(count):
            topic = self.world.topic(device)
            await self.publisher.publish(topic, payload(device), properties=properties)

    async def got(self, count: int, path: str) -> list[Received]:
        await wait_until(lambda: len(self.at(path)) >= count)
        return self.at(path)

    def at(self, path: str) -> list[Received]:
        return [request for request in self.sink.received if request.path == path]

    def traces(self, table: str) -> set[str]:
        return {row[0] for row in self.world.rows(f"SELECT coalesce(trace, '-') FROM {table}")}


@pytest.fixture
async def traces(world: World, sink: WebhookSink) -> AsyncIterator[Traces]:
    async with open_publisher(world.broker.port) as publisher:
        yield Traces(world, sink, publisher)
    assert_books_balance(world)


async def assert_each_attempt_is_a_span_of_the_trace(traces: Traces) -> None:
    await traces.send(0)
    first, second = await traces.got(2, "/retried")
    number = first.headers["webhook-id"]
    assert told(first) == (expected(number, 1), STATE)
    assert told(second) == (expected(number, 2), STATE)


async def assert_none_is_invented(traces: Traces) -> None:
    await traces.send(1, [])
    await traces.send(1, [("traceparent", PARENT.upper()), ("tracestate", STATE)])
    await traces.send(1, [("traceparent", PARENT), ("traceparent", PARENT)])
    await traces.send(1, [("traceparent", PARENT), ("tracestate", "Not One")])
    requests = await traces.got(4, "/plain")
    *without, last = sorted(requests, key=lambda request: int(request.headers["webhook-id"]))
    assert [told(request) for request in without] == [(None, None)] * 3
    assert told(last) == (expected(last.headers["webhook-id"], 1), None)


async def assert_a_flood_keeps_them_apart(traces: Traces) -> None:
    """Batches of many rows, of which some have a trace."""
    with trio.fail_after(60):
        for number in range(MANY):
            await traces.send(2, TOLD if number % 3 == 0 else [])
    requests = await traces.got(MANY, "/flood")
    for request in requests:
        span = expected(request.headers["webhook-id"], 1)
        assert told(request) in ((None, None), (span, STATE))
    assert sum(told(request) != (None, None) for request in requests) == MANY // 3


async def assert_a_batch_tells_it_of_each_event(traces: Traces) -> None:
    await traces.send(3)
    await traces.send(3, [])
    await wait_until(lambda: len(_events(traces)) == 2)
    assert all(told(request) == (None, None) for request in traces.at("/batch"))
    first, second = _events(traces)
    assert first["traceparent"] == expected(first["id"], 1)
    assert first["tracestate"] == STATE
    assert not {"traceparent", "tracestate"} & set(second)


def _events(traces: Traces) -> list[dict[str, Any]]:
    return [event for request in traces.at("/batch") for event in request.json()]


async def assert_an_own_header_of_the_route_stays_alone(traces: Traces) -> None:
    await traces.send(4)
    [request] = await traces.got(1, "/own")
    assert told(request) == ("mine", None)


async def assert_a_topic_gets_it_too(traces: Traces) -> None:
    topics = [f"tenant/{TENANT}/copies/#"]
    async with session_of(traces.world.broker, client_id="w", topics=topics) as receiver:
        await receiver.subscribed()
        await traces.send(5)
        await traces.send(5, [])
        await receiver.got(2)
    with_trace, without = (dict(each.user_properties) for each in receiver.publications)
    number = with_trace["pulse-delivery-id"]
    assert with_trace["traceparent"] == expected(number, 1)
    assert with_trace["tracestate"] == STATE
    assert set(without) == {"pulse-hops", "pulse-delivery-id"}


async def assert_a_dead_letter_keeps_it_for_its_replay(traces: Traces) -> None:
    await traces.send(6)
    [refused] = await traces.got(1, "/dead")
    number = refused.headers["webhook-id"]
    world = traces.world
    await wait_until(lambda: world.value("SELECT count(*) FROM dead_letter_messages") == "1")
    assert traces.traces("dead_letter_messages") == {f"{PARENT} {STATE}"}
    traces.sink.status_of = None
    async with world.router.open_client() as client:
        [letter] = (await client.get("/customer/dead-letter")).json()["messages"]
        answer = await client.post(f"/customer/dead-letter/{letter['id']}/replay")
        assert answer.json()["status"] == "REPLAYED"
    _, replayed = await traces.got(2, "/dead")
    assert told(replayed) == (expected(number, 2), STATE)


async def assert_what_waits_keeps_it_over_a_kill(traces: Traces, *, in_order: bool) -> None:
    """Read again from the table, by the look of its route."""
    world, path = traces.world, f"/waits/{in_order}"
    device = 8 if in_order else 7
    await trio.to_thread.run_sync(world.router.kill)
    add_route(world, device, "webhook", url=traces.url + path, ordered=in_order)
    traces.sink.stop()
    await world.router.start_and_wait()
    await traces.send(device)
    await wait_until(lambda: traces.traces("route_deliveries") == {f"{PARENT} {STATE}"})
    await trio.to_thread.run_sync(world.router.kill)
    traces.sink.start()
    await world.router.start_and_wait()
    [request, *_] = await traces.got(1, path)
    assert told(request)[0] in {expected(request.headers["webhook-id"], n) for n in range(1, 6)}
    assert told(request)[1] == STATE


async def assert_a_deleted_route_leaves_it_in_its_dead_letters(traces: Traces) -> None:
    world = traces.world
    route = add_route(world, 9, "webhook", url=traces.url + "/gone", retry={"initial_seconds": 60})
    traces.sink.status_of = lambda _: 503
    await trio.to_thread.run_sync(world.router.kill)
    await world.router.start_and_wait()
    await traces.send(9)
    await traces.got(1, "/gone")
    async with world.router.open_client() as client:
        assert (await client.delete(f"/customer/message-routes/{route}")).status_code == 204
    sql = f"SELECT trace FROM dead_letter_messages WHERE route_id = {route}"
    await wait_until(lambda: world.rows(sql) == [[f"{PARENT} {STATE}"]])


async def test_a_trace_goes_on_with_its_message_and_none_is_invented(traces: Traces) -> None:
    world, url = traces.world, traces.url
    soon = {"initial_seconds": 0.1, "max_seconds": 0.2}
    add_route(world, 0, "webhook", url=f"{url}/retried", retry=soon)
    add_route(world, 1, "webhook", url=f"{url}/plain")
    add_route(world, 2, "webhook", url=f"{url}/flood")
    batch = {"max_messages": 2, "max_wait_ms": 500}
    add_route(world, 3, "webhook", url=f"{url}/batch", batch=batch)
    add_route(world, 4, "webhook", url=f"{url}/own", headers={"TraceParent": "mine"})
    add_route(world, 5, "mqtt_republish", topic="tenant/{tenant_id}/copies/{device_id}")
    add_route(world, 6, "webhook", url=f"{url}/dead")

    def judge(request: Received) -> int:
        if request.path == "/retried" and len(traces.at("/retried")) == 0:
            return 503
        return 404 if request.path == "/dead" else 204

    traces.sink.status_of = judge
    await world.router.start_and_wait()
    await assert_each_attempt_is_a_span_of_the_trace(traces)
    await assert_none_is_invented(traces)
    await assert_a_flood_keeps_them_apart(traces)
    await assert_a_batch_tells_it_of_each_event(traces)
    await assert_an_own_header_of_the_route_stays_alone(traces)
    await assert_a_topic_gets_it_too(traces)
    await assert_a_dead_letter_keeps_it_for_its_replay(traces)
    for in_order in (False, True):
        await assert_what_waits_keeps_it_over_a_kill(traces, in_order=in_order)
    await assert_a_deleted_route_leaves_it_in_its_dead_letters(traces)
