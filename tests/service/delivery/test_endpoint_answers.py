"""What becomes of a message whose endpoint answers badly: the real router, from broker to books."""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import attrs
import httpx2
import trio

from tests.support.commands.router import TENANT, World, make_token
from tests.support.delivery.endpoints import (
    OK,
    Answer,
    Endpoint,
    Received,
    Stream,
    answer,
    open_endpoint,
)
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.mqtt.fleet import payload
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_until

RETRY = {"max_attempts": 2, "initial_seconds": 0.05, "max_seconds": 0.1}
LATER_SECONDS = 4


async def slow(stream: Stream, _request: Received) -> None:
    for byte in OK:
        await stream.send_all(bytes([byte]))
        await trio.sleep(0.01)


async def never(_stream: Stream, _request: Received) -> None:
    await trio.sleep_forever()


async def garbage(stream: Stream, _request: Received) -> None:
    await stream.send_all(b"\0\1\2\3" * 100)


async def half(stream: Stream, _request: Received) -> None:
    await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Le")


async def ten_megabytes(stream: Stream, _request: Received) -> None:
    await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n")
    for _ in range(100):
        await stream.send_all(b"x" * 100_000)


async def not_before(stream: Stream, _request: Received) -> None:
    date = email.utils.formatdate(time.time() + LATER_SECONDS, usegmt=True)
    await stream.send_all(answer(503, Retry_After=date))


@attrs.frozen
class Case:
    """How an endpoint answers, and what must become of one message.

    `error` is what its dead letter says; None when it is delivered.
    """

    answers: Sequence[Answer]
    requests: int = 1
    error: str | None = None
    pushed_back: int = 0
    timeout_seconds: float = 30


CASES: Mapping[str, Case] = {
    "slow": Case([slow]),
    "never": Case([never], 2, "no answer within 0.5 s", timeout_seconds=0.5),
    "garbage": Case([garbage], 2, "no valid HTTP answer"),
    "half an answer": Case([half], 2, "no valid HTTP answer"),
    "ten megabytes": Case([ten_megabytes]),
    "redirect": Case([answer(302, Location="/other")], 2, "redirects are not followed"),
    "gone": Case([answer(410)], 1, "HTTP 410 Gone"),
    "refused": Case([answer(404, b"no such hook")], 1, "HTTP 404 Not Found: no such hook"),
    "busy for a moment": Case([answer(500), OK], 2),
    "Retry-After as a date": Case([not_before, OK], 2, pushed_back=1),
}


@asynccontextmanager
async def open_endpoints(world: World) -> AsyncIterator[Mapping[str, tuple[Endpoint, int]]]:
    """An endpoint for each case, and a route to it of one device."""
    async with AsyncExitStack() as stack:
        found: dict[str, tuple[Endpoint, int]] = {}
        for device, (name, case) in enumerate(CASES.items()):
            endpoint = await stack.enter_async_context(open_endpoint(*case.answers))
            route_id = world.add_webhook(endpoint.url(), world.topic(device))
            config = json.dumps({"retry": RETRY, "timeout_seconds": case.timeout_seconds})
            world.rows(
                f"UPDATE message_routes SET destination_config = destination_config || '{config}'"
                f" WHERE id = {route_id}"
            )
            found[name] = endpoint, route_id
        yield found


async def test_every_answer_ends_as_the_contract_says(world: World) -> None:
    async with open_endpoints(world) as endpoints:
        await world.router.start_and_wait()
        async with open_publisher(world.broker.port) as publisher:
            for device in range(len(CASES)):
                await publisher.publish(world.topic(device), payload(device))
            await publisher.wait_for(len(CASES))
        await wait_until(lambda: world.value("SELECT count(*) FROM telemetry") == str(len(CASES)))
        await wait_until(lambda: world.value("SELECT count(*) FROM route_deliveries") == "0")
    letters = {
        int(route_id): (int(attempts), error)
        for route_id, attempts, error in world.rows(
            "SELECT route_id, attempts, error_message FROM dead_letter_messages"
        )
    }
    for name, case in CASES.items():
        endpoint, route_id = endpoints[name]
        assert len(endpoint.requests) == case.requests, name
        assert len({request.headers["webhook-id"] for request in endpoint.requests}) == 1, name
        numbers = [request.headers["x-pulse-attempt"] for request in endpoint.requests]
        spent = ["1", "2"][: case.requests - case.pushed_back]
        assert numbers == ["1"] * case.pushed_back + spent, name
        attempts, error = letters.pop(route_id, (case.requests, None))
        assert attempts == case.requests, name
        assert (error is None) is (case.error is None), name
        assert case.error is None or case.error in str(error), name
    assert letters == {}
    first, second = endpoints["Retry-After as a date"][0].requests
    gap = int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"])
    assert gap >= LATER_SECONDS - 1, "a date has no fractions"
    dead = sum(case.error is not None for case in CASES.values())
    books = assert_books_balance(world)
    assert (books["delivered"], books["dead_lettered"]) == (len(CASES) - dead, dead)
    await assert_router_says_so(world)
    await assert_only_the_gone_is_disabled(world, endpoints["gone"][1])


async def assert_only_the_gone_is_disabled(world: World, gone: int) -> None:
    """The route whose endpoint is gone matches no more, and the API says why."""
    headers = {"Authorization": f"Bearer {make_token(TENANT)}"}
    async with httpx2.AsyncClient(base_url=world.router.url, headers=headers) as client:
        shown = (await client.get("/customer/message-routes")).json()["routes"]
    assert {
        route["id"]: route["disabled_reason"] for route in shown if not route["is_enabled"]
    } == {gone: "the endpoint answered 410 Gone"}
    device = list(CASES).index("gone")
    async with open_publisher(world.broker.port) as publisher:
        await publisher.publish(world.topic(device), payload(100))
        await publisher.wait_for(1)
    await wait_until(lambda: world.value("SELECT count(*) FROM telemetry") == str(len(CASES) + 1))
    assert assert_books_balance(world)["matched"] == len(CASES)
