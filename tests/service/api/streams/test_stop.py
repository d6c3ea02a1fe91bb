"""What live clients of every kind see of a whole router: an alert, and its end."""

from __future__ import annotations

import msgspec
import trio
import trio_websocket
from trio_websocket import ConnectionClosed, WebSocketConnection

from tests.support.commands.router import DEVICE_TOKEN, World, make_token
from tests.support.mqtt.publisher import open_publisher
from tests.support.streams.bare_websocket import closing, connect, open_bare, vanish
from tests.support.streams.sse import open_sse
from tests.support.waiting import wait_until

SECONDS = 60
GRACE_SECONDS = 10
STREAM = "/customer/telemetry/stream"


async def closed_with(stream: WebSocketConnection) -> int | None:
    with trio.fail_after(SECONDS):
        while True:
            try:
                await stream.get_message()
            except ConnectionClosed as closed:
                return None if closed.reason is None else closed.reason.code


async def titles(stream: WebSocketConnection) -> list[str]:
    with trio.fail_after(SECONDS):
        shown = msgspec.json.decode(await stream.get_message())
    return [alert["title"] for alert in shown["alerts"]]


async def test_an_alert_is_shown_when_it_is_raised_and_every_client_told_of_the_stop(
    world: World,
) -> None:
    world.router.environment["PULSE_LOG_LEVEL"] = "debug"  # requests as well
    await world.router.start_and_wait()
    port, token = world.router.http_port, make_token()
    headers = [(b"Authorization", f"Bearer {token}".encode())]
    async with (
        open_sse(port, None, f"token={token}") as source,
        await trio.open_tcp_stream("127.0.0.1", port) as stuck,
        await trio.open_tcp_stream("127.0.0.1", port) as one,
        await trio.open_tcp_stream("127.0.0.1", port) as two,
        trio.open_nursery() as nursery,
    ):
        await stuck.send_all(
            b"GET /customer/telemetry/stream/sse?token=%s HTTP/1.1\r\nHost: x\r\n\r\n"
            % token.encode()
        )
        v1 = await trio_websocket.wrap_client_stream(
            nursery, one, "localhost", "/customer/telemetry/stream", extra_headers=headers
        )
        v2 = await trio_websocket.wrap_client_stream(
            nursery, two, "localhost", "/api/v2/ws", subprotocols=["bearer", token]
        )
        await v2.send_message('{"action": "subscribe", "type": "alerts"}')
        assert msgspec.json.decode(await v2.get_message())["type"] == "subscribed"
        assert await titles(v2) == []
        await trio.to_thread.run_sync(_raise_alert, world)
        assert await titles(v2) == ["Too hot"]
        await wait_until(lambda: streams(world) == 3)  # v2 carries no telemetry
        stopping = await trio.to_thread.run_sync(world.router.stop)
        assert stopping == 0
        assert await closed_with(v1) == 1001
        assert await closed_with(v2) == 1001
        greeting = await source.read()
        assert greeting is not None
        assert await source.read() is None
        assert 3000 <= source.retry[-1] <= 6000
        nursery.cancel_scope.cancel()
    assert "Traceback" not in world.router.text
    assert "/customer/telemetry/stream/sse" in world.router.text
    assert token not in world.router.text


async def test_clients_that_take_nothing_do_not_hold_up_the_stop(world: World) -> None:
    world.router.environment["PULSE_SHUTDOWN_GRACE_SECONDS"] = str(GRACE_SECONDS)
    await world.router.start_and_wait()
    port, bearer = world.router.http_port, f"Bearer {make_token()}"
    heavy = {"provision_token": DEVICE_TOKEN, "metrics": {"text": "x" * 60_000}}
    async with (
        open_bare(port, STREAM, Authorization=bearer) as good,
        open_bare(port, STREAM, receive_buffer=4096, Authorization=bearer),
        await connect(port, receive_buffer=4096) as stuck,
        open_bare(port, STREAM, Authorization=bearer) as gone,
        open_publisher(world.broker.port) as publisher,
    ):
        assert (await good.message())["type"] == "connected"
        await stuck.send_all(
            f"GET {STREAM}/sse HTTP/1.1\r\nHost: x\r\nAuthorization: {bearer}\r\n\r\n".encode()
        )
        await wait_until(lambda: streams(world) == 4)
        vanish(gone.socket)
        with trio.fail_after(SECONDS):
            for _ in range(50):  # more than the kernel takes for a client
                await publisher.publish(world.topic(), msgspec.json.encode(heavy))
                assert (await good.message())["type"] == "telemetry"
        start = trio.current_time()
        assert await trio.to_thread.run_sync(world.router.stop) == 0
        assert trio.current_time() - start < GRACE_SECONDS
        assert closing((await good.rest())[-1])[0] == 1001


def streams(world: World) -> int:
    """How many live streams the router has open; -1 when it does not answer."""
    answer = world.router.get("/api/v1/telemetry/stream/status")
    return -1 if answer is None else int(answer.json()["total_connections"])


def _raise_alert(world: World) -> None:
    world.rows(
        "INSERT INTO alerts (tenant_id, device_id, severity, title, key)"
        " VALUES ('TENANT1', 'DEV-001', 'WARNING', 'Too hot', 'heat')"
    )
