"""Live clients that flood, break the protocol, stop reading or vanish: on real sockets."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
import trio
import trio.testing

from pulse_router.api.server.problem_body import ProblemAnswer
from pulse_router.api.server.websocket import MESSAGES_PER_SECOND
from pulse_router.api.streams.session import MAX_MALFORMED
from pulse_router.postgres.database import Database
from tests.support.api.server import ApiForTests, make_token
from tests.support.streams.bare_websocket import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    BareClient,
    closing,
    connect,
    masked,
    open_bare,
    upgrade,
    vanish,
)
from tests.support.streams.running import PATH, SECONDS, make_event, running
from tests.support.waiting import wait_for, wait_until


@asynccontextmanager
async def client(api: ApiForTests, **options: object) -> AsyncIterator[BareClient]:
    """A client that was greeted."""
    bearer = f"Bearer {make_token()}"
    with trio.fail_after(SECONDS):
        async with open_bare(api.port, PATH, Authorization=bearer, **options) as bare:  # type: ignore[arg-type]  # passed on
            assert (await bare.message())["type"] == "connected"
            yield bare


async def still_works(api: ApiForTests, other: BareClient) -> None:
    """Another client is served as if nothing had happened."""
    api.broadcaster.publish([make_event(77)])
    while (await other.message()).get("id") != "77":
        pass


async def test_no_extension_is_negotiated_and_the_answer_names_its_status(api: ApiForTests) -> None:
    offer = "permessage-deflate; client_max_window_bits"
    async with client(api, Sec_WebSocket_Extensions=offer) as bare:
        assert bare.answer.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
        assert b"extensions" not in bare.answer.lower()
    async with api.client() as good:
        assert (await good.get("/health")).reason_phrase == "OK"
        assert (await good.get("/nowhere")).reason_phrase == "Not Found"


FLOODS = {
    "pings": masked(b"", PING),
    "pongs": masked(b"", PONG),
    "messages": masked(b'{"action":"clear_filters"}'),
    "fragments": masked(b"", 0x01),
}


async def test_a_client_that_floods_is_closed_and_nobody_else(
    api: ApiForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulse_router.api.server.websocket.MAX_DELAYED", 10)
    async with client(api) as other:
        for kind, flood in FLOODS.items():
            # Of a fragmented message only the first one has an opcode.
            sequel = masked(b"", 0x00) if kind == "fragments" else flood
            start = trio.current_time()
            async with client(api) as bad:
                await bad.send(masked(b"\x00", PING) + flood + sequel * 2_000)
                frames = await bad.rest()
            seconds = trio.current_time() - start
            assert (kind, closing(frames[-1])) == (kind, (1008, "Too many messages"))
            assert len(frames) <= MESSAGES_PER_SECOND * (1 + seconds) + 2  # and the close
            assert frames[0] == (PONG, b"\x00")
            await still_works(api, other)
            await wait_until(lambda: api.broadcaster.total_connections == 1)


async def test_a_client_that_asks_for_much_at_once_has_to_wait_but_gets_it(
    api: ApiForTests,
) -> None:
    async with client(api) as eager, trio.open_nursery() as nursery:
        wishes = [f'{{"action":"subscribe","device_id":"D{n}"}}'.encode() for n in range(150)]
        nursery.start_soon(eager.send, b"".join(map(masked, wishes)))
        answers = [await eager.message() for _ in wishes]
    assert [answer["device_id"] for answer in answers] == [f"D{n}" for n in range(150)]


async def test_a_client_that_makes_no_sense_is_told_so_and_closed_in_the_end(
    api: ApiForTests,
) -> None:
    async with client(api) as bad:
        sense = masked(b'{"action":"clear_filters"}')
        await bad.send(masked(b"{") + sense)
        kinds = [(await bad.message())["type"] for _ in range(2)]
        assert kinds == ["error", "filters_cleared"]
        for _ in range(MAX_MALFORMED):
            await bad.send(masked(b"{"))
            assert (await bad.message())["type"] == "error"
        await bad.send(masked(b"{"))
        assert closing((await bad.rest())[-1]) == (1008, "Too many messages were not understood")


BREACHES: list[tuple[bytes, int | None]] = [
    (b"\x81\x01x", 1002),  # not masked
    (b"\xf1\x80\x00\x00\x00\x00", 1002),  # reserved bits
    (masked(b"\xff\xfe"), 1007),  # no UTF-8
    (masked(b"", PING | 0x40), 1002),
    (masked(b"\x03\xe8bye", CLOSE), 1000),  # no breach: answered as it was asked
    (masked(b"", CLOSE), None),
]


async def test_a_close_and_a_breach_of_the_protocol_are_answered(api: ApiForTests) -> None:
    async with client(api) as other:
        for data, code in BREACHES:
            async with client(api) as bad:
                await bad.send(data)
                [frame] = await bad.rest()
            assert frame[0] == CLOSE
            assert (closing(frame)[0] if frame[1] else None) == code, data
            await still_works(api, other)
            await wait_until(lambda: api.broadcaster.total_connections == 1)


async def test_a_client_that_stopped_reading_finds_whole_frames_up_to_its_close(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulse_router.api.server.websocket.CLOSE_SECONDS", SECONDS)
    async with running(database) as api, client(api, receive_buffer=4096) as slow:
        # More than the kernel takes for it: a frame is stuck in its middle.
        for number in range(100):
            api.broadcaster.publish([make_event(number, size=100_000)])
            await trio.testing.wait_all_tasks_blocked()
        assert api.broadcaster.dropped == 0
        api.stopping.set()
        await trio.testing.wait_all_tasks_blocked()
        *frames, last = await slow.rest()
        assert closing(last)[0] == 1001
        assert {head for head, _ in frames} == {TEXT}
        assert all(payload.endswith(b'telemetry"}') for _, payload in frames)


async def test_one_that_never_reads_hurts_neither_the_others_nor_the_stop(
    database: Database,
) -> None:
    with trio.fail_after(SECONDS):
        # The kernel would cut it off after ten minutes: this is the server's own doing.
        async with (
            running(database, stalled_client_seconds=600, grace_seconds=1) as api,
            client(api) as other,
            open_bare(
                api.port, PATH, receive_buffer=4096, Authorization=f"Bearer {make_token()}"
            ) as stuck,
        ):
            await wait_until(lambda: api.broadcaster.total_connections == 2)
            for number in range(300):
                api.broadcaster.publish([make_event(number, size=100_000)])
                assert (await other.message())["id"] == str(number)
            assert api.broadcaster.dropped > 0
            api.stopping.set()
            assert closing((await other.rest())[-1])[0] == 1001
            api.shutdown.set()
            await wait_until(lambda: api.broadcaster.total_connections == 0)
            assert stuck.socket.fileno() > 0


async def test_one_that_reads_a_byte_now_and_then_is_given_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulse_router.api.streams.session.STUCK_SECONDS", 0.5)  # of a WebSocket
    monkeypatch.setattr("pulse_router.api.server.connection.SEND_SECONDS", 0.5)  # of any connection
    sse = b"GET %s/sse HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n"
    async with (
        running(database, stalled_client_seconds=600) as api,
        client(api) as other,
        trio.open_nursery() as nursery,
    ):
        for request in (
            upgrade(PATH, Authorization=f"Bearer {make_token()}"),
            sse % (PATH.encode(), make_token().encode()),
        ):
            trickling = await connect(api.port, receive_buffer=4096)
            nursery.start_soon(trickle, trickling)
            await trickling.send_all(request)
            await wait_until(lambda: api.broadcaster.total_connections == 2)
            # More than the kernel takes for it.
            for number in range(20):
                api.broadcaster.publish([make_event(number, size=100_000)])
                assert (await other.message())["id"] == str(number)
            await wait_until(lambda: api.broadcaster.total_connections == 1)
        nursery.cancel_scope.cancel()


async def trickle(stream: trio.SocketStream) -> None:
    """Read byte by byte, until it is cut off."""
    with contextlib.suppress(trio.BrokenResourceError):
        async with stream:
            while await stream.receive_some(1):  # noqa: ASYNC110 - it is only slow
                await trio.sleep(0.02)


async def test_one_that_has_vanished_leaves_its_place(database: Database) -> None:
    async with (
        running(database, stalled_client_seconds=1) as api,
        client(api) as other,
        client(api) as gone,
    ):
        vanish(gone.socket)
        await still_works(api, other)
        await wait_until(lambda: api.broadcaster.total_connections == 1)
        await still_works(api, other)


async def test_no_more_clients_are_served_than_are_allowed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pulse_router.api.server.server._REFUSAL_SECONDS", SECONDS)
    async with running(database, max_connections=2) as api, client(api), client(api) as leaver:
        with trio.fail_after(SECONDS):
            refused = await trio.open_tcp_stream("127.0.0.1", api.port)
            async with refused:
                await refused.send_all(b"GET /health?token=a.b.c HTTP/1.1\r\nHost: x\r\n\r\n")
                answer = b"".join([data async for data in refused])
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
            assert b"\r\nretry-after: 5" in head
            assert b"\r\ncontent-type: application/problem+json\r\n" in head
            problem = msgspec.json.decode(body, type=ProblemAnswer)
            assert (problem.status, problem.instance) == (503, "/health")
            assert f"\r\nx-request-id: {problem.request_id}".encode() in head
        await leaver.stream.aclose()

        async def is_served() -> bool:
            async with api.client() as good:
                return (await good.get("/health")).status_code == 200

        await wait_for(is_served)
