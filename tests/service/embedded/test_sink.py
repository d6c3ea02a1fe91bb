"""The webhook sink: answers what HTTP clients send, and shows what it got."""

from __future__ import annotations

from collections.abc import AsyncIterator

import attrs
import httpx2
import pytest
import trio

from pulse_router.embedded import ports, sink
from pulse_router.embedded.sink import SinkRequest, run_sink


@attrs.define
class OpenSink:
    port: int
    requests: list[SinkRequest]


@pytest.fixture
async def opened() -> AsyncIterator[OpenSink]:
    requests: list[SinkRequest] = []
    async with trio.open_nursery() as nursery:
        port = await nursery.start(run_sink, ports.loopback_hosts(), 0, requests.append)
        yield OpenSink(port, requests)
        nursery.cancel_scope.cancel()


async def exchange(port: int, request: bytes) -> bytes:
    """Send bytes, and read all until the sink hangs up."""
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        await stream.send_all(request)
        await stream.send_eof()
        answer = b""
        async for chunk in stream:
            answer += chunk
        return answer


@pytest.mark.parametrize("host", ports.loopback_hosts())
async def test_it_is_reached_by_every_address_of_localhost(opened: OpenSink, host: str) -> None:
    name = f"[{host}]" if ":" in host else host
    async with httpx2.AsyncClient(trust_env=False) as client:
        for number in range(3):
            answer = await client.post(f"http://{name}:{opened.port}/hook", content=b"x" * number)
            assert answer.status_code == 200
    assert [len(request.body) for request in opened.requests] == [0, 1, 2]


async def test_a_request_becomes_one_readable_line_without_its_query(opened: OpenSink) -> None:
    headers = {"webhook-id": "42", "X-Pulse-Attempt": "2", "X-Signature-256": "sha256=00"}
    async with httpx2.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{opened.port}/hook?token=secret"
        await client.put(url, headers=headers, content=b'{"a":\n1}\x1b[31m')

    assert opened.requests[0].describe() == (
        'PUT /hook  webhook-id=42  attempt=2  signed  {"a": 1} [31m'
    )


async def test_a_long_body_is_shown_cut_off(opened: OpenSink) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        await client.post(f"http://127.0.0.1:{opened.port}/", content=b"x" * 10_000)

    line = opened.requests[0].describe()
    assert len(line) == sink.SHOWN_CHARACTERS
    assert line.endswith("x…")


async def test_a_client_that_waits_for_100_continue_is_told_to_go_on(opened: OpenSink) -> None:
    stream = await trio.open_tcp_stream("127.0.0.1", opened.port)
    async with stream:
        await stream.send_all(
            b"POST / HTTP/1.1\r\nHost: sink\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        assert (await stream.receive_some()).startswith(b"HTTP/1.1 100 ")
        await stream.send_all(b"ok")
        assert (await stream.receive_some()).startswith(b"HTTP/1.1 200 ")
    assert opened.requests[0].body == b"ok"


async def test_a_body_above_the_bound_is_refused(
    opened: OpenSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sink, "MAX_BODY_BYTES", 10)
    answer = await exchange(
        opened.port, b"POST / HTTP/1.1\r\nHost: sink\r\nContent-Length: 11\r\n\r\n" + b"x" * 11
    )
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert opened.requests == []


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\x00\x01\x02\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n", b"POST / HTTP/1.1\r\nHost: s\r\n"],
)
async def test_what_is_no_request_ends_its_own_connection_only(
    opened: OpenSink, garbage: bytes
) -> None:
    answer = await exchange(opened.port, garbage)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")

    async with httpx2.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"http://127.0.0.1:{opened.port}/")).status_code == 200


async def test_a_port_that_is_taken_is_an_error(opened: OpenSink) -> None:
    with pytest.raises(OSError, match="in use"):
        await run_sink(["127.0.0.1"], opened.port, lambda _request: None)
