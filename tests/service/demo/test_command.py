"""`pulse-router demo` as a person runs it: started, stopped, killed, started again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import attrs
import pytest
import trio

from pulse_router.embedded import ports, processes

PROGRAM = Path(sys.executable).with_name("pulse-router")
READY_WITHIN_SECONDS = 60
STOPPED_WITHIN_SECONDS = 30


@attrs.define
class Demo:
    """A demo in a process of its own."""

    data: Path
    process: trio.Process
    lines: list[str] = attrs.field(factory=list)
    rest: bytes = b""

    async def read_until(self, start: str) -> str:
        """Read what it prints, up to a line that starts so; returns that line."""
        assert self.process.stdout is not None
        with trio.fail_after(READY_WITHIN_SECONDS):
            while True:
                while b"\n" in self.rest:
                    line, _, self.rest = self.rest.partition(b"\n")
                    self.lines.append(line.decode())
                    if self.lines[-1].startswith(start):
                        return self.lines[-1]
                chunk = await self.process.stdout.receive_some()
                assert chunk, "\n".join(["the demo ended:", *self.lines])
                self.rest += chunk

    async def end(self, number: signal.Signals) -> int:
        """Send a signal, and wait for the exit status."""
        self.process.send_signal(number)
        with trio.fail_after(STOPPED_WITHIN_SECONDS):
            return await self.process.wait()

    async def stop(self, number: signal.Signals) -> None:
        """Send a signal that it is to obey in good order."""
        assert self.process.stdout is not None
        status = await self.end(number)
        async for chunk in self.process.stdout:
            self.rest += chunk
        assert status == 0, "\n".join([*self.lines, self.rest.decode()])

    def children(self) -> list[int]:
        """The pids of its PostgreSQL and its mosquitto, as noted in the folder; 0 for none."""
        return [
            pid if processes.command_line(pid) else 0
            for pid in (
                processes.read_pid(self.data / "postgres" / "data" / "postmaster.pid"),
                processes.read_pid(self.data / "mosquitto" / "mosquitto.pid"),
            )
        ]

    def ports(self) -> dict[str, int]:
        state = json.loads((self.data / "state.json").read_text())
        return {name: state[name] for name in ("http_port", "mqtt_port", "sink_port")}


@pytest.fixture
def data(reachable_folder: Path) -> Iterator[Path]:
    """A folder for a demo; what a failed test left running there is killed."""
    yield reachable_folder / "demo"
    left = Demo(reachable_folder / "demo", process=None)  # type: ignore[arg-type]  # no process
    for pid in left.children():
        if pid:
            os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def open_demo(data: Path, *options: str) -> AsyncIterator[Demo]:
    command = [str(PROGRAM), "demo", "--data", str(data), "--rate", "50", *options]
    # As from a shell on another machine: without any variable of ours.
    process = await trio.lowlevel.open_process(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={"PATH": os.defpath}
    )
    assert process.stdout is not None
    try:
        yield Demo(data, process)
    finally:
        if process.poll() is None:
            process.terminate()
            with trio.CancelScope(shield=True), trio.move_on_after(STOPPED_WITHIN_SECONDS):
                await process.wait()
        with trio.CancelScope(shield=True):
            await process.stdout.aclose()


def free_ports() -> list[str]:
    http, mqtt, sink = (ports.find_free(ports.loopback_hosts()) for _ in range(3))
    return ["--http-port", str(http), "--mqtt-port", str(mqtt), "--sink-port", str(sink)]


async def test_it_starts_says_so_last_and_ctrl_c_stops_all_of_it(data: Path) -> None:
    async with open_demo(data, *free_ports()) as demo:
        ready = await demo.read_until("ready: ")
        assert ready == f"ready: http://localhost:{demo.ports()['http_port']}"
        assert all(demo.children())
        assert any(line.startswith("export TOKEN='ey") for line in demo.lines)
        assert any(line.startswith("export OPERATOR_TOKEN='ey") for line in demo.lines)

        await demo.stop(signal.SIGINT)
    assert demo.children() == [0, 0]


async def test_after_a_kill_the_next_start_finds_its_children_and_ports(data: Path) -> None:
    async with open_demo(data, *free_ports()) as demo:
        await demo.read_until("ready: ")
        children, used = demo.children(), demo.ports()
        await demo.end(signal.SIGKILL)
        assert demo.children() == children

    async with open_demo(data) as demo:
        await demo.read_until("ready: ")
        assert demo.children() == children
        assert demo.ports() == used

        await demo.stop(signal.SIGTERM)
    assert demo.children() == [0, 0]


async def test_a_second_demo_on_the_same_data_is_refused(data: Path) -> None:
    async with open_demo(data, *free_ports()) as first:
        await first.read_until("ready: ")
        async with open_demo(data, *free_ports()) as second:
            refusal = await second.read_until("pulse-router: ")
            assert f"process {first.process.pid}" in refusal
            assert await second.process.wait() == 1
        assert first.process.poll() is None
        assert all(first.children())


async def test_ports_that_are_taken_are_replaced_and_it_says_so(data: Path) -> None:
    with listening() as http, listening() as mqtt, listening() as sink:
        wanted = ["--http-port", str(http), "--mqtt-port", str(mqtt), "--sink-port", str(sink)]
        async with open_demo(data, *wanted) as demo:
            await demo.read_until("ready: ")
            used = demo.ports()
            assert f"HTTP: port {http} is taken, so it is port {used['http_port']}" in demo.lines
            assert f"MQTT: port {mqtt} is taken, so it is port {used['mqtt_port']}" in demo.lines
            assert any(f"port {sink} is taken" in line for line in demo.lines)


async def test_ctrl_c_while_it_starts_leaves_nothing_behind(data: Path) -> None:
    async with open_demo(data, *free_ports()) as demo:
        pid_file = trio.Path(data / "mosquitto" / "mosquitto.pid")
        with trio.fail_after(READY_WITHIN_SECONDS):
            while True:
                if await pid_file.exists():
                    break
                await trio.sleep(0.01)
        await demo.stop(signal.SIGINT)
    assert demo.children() == [0, 0]


async def test_a_child_that_dies_is_started_again(data: Path) -> None:
    async with open_demo(data, *free_ports()) as demo:
        await demo.read_until("ready: ")
        before = demo.children()
        os.kill(before[1], signal.SIGKILL)
        await demo.read_until("mosquitto ended")
        with trio.fail_after(READY_WITHIN_SECONDS):
            while True:
                now = demo.children()
                if now[1] not in {0, before[1]}:
                    break
                await trio.sleep(0.02)
        assert now[0] == before[0]
        await demo.stop(signal.SIGINT)
    assert demo.children() == [0, 0]


@contextmanager
def listening() -> Iterator[int]:
    """Take a port, as somebody else's server would."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        yield port
