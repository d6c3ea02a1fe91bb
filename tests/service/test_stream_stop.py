"""What live clients of every kind see of a whole router: an alert, and its end."""

from __future__ import annotations

import msgspec
import trio
import trio_websocket
from trio_websocket import ConnectionClosed, WebSocketConnection

from tests.support.router import World, make_token
from tests.support.sse import open_sse
from tests.support.waiting import wait_until

SECONDS = 20


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

    def streams() -> int:
        answer = world.router.get("/api/v1/telemetry/stream/status")
        return -1 if answer is None else int(answer.json()["total_connections"])

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
            nursery, two, "localhost", "/api/v2/ws", extra_headers=headers
        )
        await v2.send_message('{"action": "subscribe", "type": "alerts"}')
        assert msgspec.json.decode(await v2.get_message())["type"] == "subscribed"
        assert await titles(v2) == []
        await trio.to_thread.run_sync(_raise_alert, world)
        assert await titles(v2) == ["Too hot"]
        await wait_until(lambda: streams() == 4)
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


def _raise_alert(world: World) -> None:
    world.rows(
        "INSERT INTO alerts (tenant_id, device_id, severity, title, key)"
        " VALUES ('TENANT1', 'DEV-001', 'WARNING', 'Too hot', 'heat')"
    )
