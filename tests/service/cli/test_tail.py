"""`pulse-router tail` as a process of its own, against a running API."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial

import attrs
import msgspec
import pytest
import trio
import trio.testing

from pulse_router.domain.live import as_event
from tests.support.api.server import ApiForTests, make_token
from tests.support.commands.process import COMMAND, clean_environment
from tests.support.servers.line import open_line
from tests.support.streams.table import make_message
from tests.support.waiting import wait_until

SECONDS = 60


@attrs.define
class Tail:
    """A running `tail`."""

    process: trio.Process
    out: str = ""
    err: str = ""

    @property
    def ids(self) -> list[str]:
        messages = [msgspec.json.decode(line) for line in self.out.splitlines()]
        return [message["id"] for message in messages if message["type"] == "telemetry"]

    async def gather(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._gather, "out", self.process.stdout)
            nursery.start_soon(self._gather, "err", self.process.stderr)

    async def _gather(self, name: str, stream: trio.abc.ReceiveStream | None) -> None:
        assert stream is not None
        async for data in stream:
            setattr(self, name, getattr(self, name) + data.decode())

    async def end(self) -> int:
        with trio.fail_after(SECONDS):
            return await self.process.wait()


@asynccontextmanager
async def tailing(
    port: int, *options: str, token: str | None = None, reads: bool = True
) -> AsyncIterator[Tail]:
    """Run it until the end of the block; then all that it has said is there."""
    environment = {
        "PULSE_URL": f"http://127.0.0.1:{port}",
        "PULSE_TOKEN": token or make_token(),
    }
    async with trio.open_nursery() as nursery:
        process = await nursery.start(
            partial(
                trio.run_process,
                [*COMMAND, "tail", *options],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=clean_environment() | environment,
                check=False,
            )
        )
        tail = Tail(process)
        async with trio.open_nursery() as reading:
            if reads:
                reading.start_soon(tail.gather)
            yield tail
            if process.poll() is None:
                process.kill()


def accept(api: ApiForTests, *event_ids: int, device: str = "DEV-1") -> None:
    """What ingest does with messages."""
    messages = [make_message(each, device, "TENANT1") for each in event_ids]
    api.recent.add(messages)
    api.broadcaster.publish([as_event(message) for message in messages])


async def connected(api: ApiForTests) -> None:
    """Wait until one client is there, with its filters in effect."""
    await wait_until(lambda: api.broadcaster.total_connections == 1)
    await trio.testing.wait_all_tasks_blocked()


@pytest.fixture
def refusing_port() -> Iterator[int]:
    """A port that is ours, and on which nobody listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


async def test_events_are_lines_of_a_table_or_of_json(api: ApiForTests) -> None:
    api.recent.open(0)
    async with tailing(api.port, "--count", "2", "--device", "DEV-1", "--metric", "n") as tail:
        await connected(api)
        accept(api, 1, device="DEV-2")
        accept(api, 2, 3)
        assert await tail.end() == 0
    header, first, second = tail.out.splitlines()
    assert header.split() == ["TIME", "DEVICE", "METRICS"]
    assert first.split() == ["2026-02-16T00:00:00Z", "DEV-1", "n=2"]
    assert second.endswith(" n=3")
    assert tail.err == ""
    async with tailing(api.port, "--json", "--count", "2", "--after", "1") as tail:
        assert await tail.end() == 0
    assert tail.ids == ["2", "3"]
    async with tailing(api.port, "--json", "--after", "99") as tail:
        await wait_until(lambda: tail.out.endswith("\n"))
        assert msgspec.json.decode(tail.out) == {"type": "gap", "from": "99", "to": "3"}
    await wait_until(lambda: api.broadcaster.total_connections == 0)


async def test_it_ends_after_the_time_that_is_asked_for(api: ApiForTests) -> None:
    async with tailing(api.port, "--for", "1s") as tail:
        assert await tail.end() == 0
    assert (tail.out, tail.err) == ("", "")


async def test_a_broken_line_is_made_again_and_what_was_missed_comes_first(
    api: ApiForTests,
) -> None:
    api.recent.open(0)
    async with open_line(api.port) as line, tailing(line.port, "--json") as tail:
        await connected(api)
        accept(api, 1, 2)
        await wait_until(lambda: tail.ids == ["1", "2"])
        for number in (3, 5):
            line.cut()
            accept(api, number)
            await wait_until(lambda: len(tail.ids) == number)  # noqa: B023 - awaited here
            accept(api, number + 1)
            await wait_until(lambda: len(tail.ids) == number + 1)  # noqa: B023 - awaited here
        tail.process.send_signal(signal.SIGINT)
        assert await tail.end() == 0
    assert tail.ids == ["1", "2", "3", "4", "5", "6"]
    assert "pulse-router: the connection was lost; trying again in 0." in tail.err
    assert "Traceback" not in tail.err


@pytest.mark.parametrize("meets_it_alive", [True, False])
async def test_a_router_that_stops_is_waited_for(api: ApiForTests, *, meets_it_alive: bool) -> None:
    if not meets_it_alive:
        api.stopping.set()
    async with tailing(api.port) as tail:
        if meets_it_alive:
            await connected(api)
            api.stopping.set()
        await wait_until(lambda: tail.err.count("The server is going away") >= 2)
        tail.process.send_signal(signal.SIGTERM)
        assert await tail.end() == 0


async def test_what_is_no_use_is_told_in_one_sentence_with_the_remedy(
    api: ApiForTests, refusing_port: int
) -> None:
    token = make_token(expires_seconds=-600)
    for port, options, given, status, sentence in (
        (api.port, [], token, 1, "Invalid or expired token; make a new token with"),
        (api.port, [], make_token(None, "operator"), 1, "No tenant_id in token; use a token"),
        (api.port, ["--device", "a b"], None, 1, "device_id"),
        (
            refusing_port,
            [],
            None,
            1,
            "cannot be reached (Connection refused); is the router running",
        ),
        (api.port, ["--count", "0"], None, 2, "'--count'"),
        (api.port, ["--for", "soon"], None, 2, "is no duration"),
    ):
        async with tailing(port, *options, token=given) as tail:
            assert await tail.end() == status
        assert tail.err.startswith("pulse-router: ")
        assert sentence in tail.err
        assert tail.err.count("\n") == 1
        assert tail.out == ""
        assert given is None or given not in tail.err


async def test_what_is_no_router_is_told(api: ApiForTests) -> None:
    async def answer(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    async with trio.open_nursery() as nursery:
        [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port = listener.socket.getsockname()[1]
        nursery.start_soon(trio.serve_listeners, answer, [listener])
        async with tailing(port) as tail:
            assert await tail.end() == 1
        assert "answers 404, so there is no router; check --url" in tail.err
        nursery.cancel_scope.cancel()


async def test_whoever_reads_its_output_may_go(api: ApiForTests) -> None:
    api.recent.open(0)
    async with tailing(api.port, "--json", "--after", "0", reads=False) as tail:
        assert tail.process.stdout is not None
        assert tail.process.stderr is not None
        accept(api, 1)
        assert b'"connected"' not in await tail.process.stdout.receive_some()
        await tail.process.stdout.aclose()
        accept(api, 2)
        assert await tail.end() == 1
        assert await tail.process.stderr.receive_some() == b""
