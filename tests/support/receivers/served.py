"""Receivers in processes of their own, that can be restarted gently and killed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import trio

from pulse_router.embedded import ports
from tests.support.receivers.journal import Journal

STARTS_WITHIN_SECONDS = 30
STOPS_WITHIN_SECONDS = 20


@attrs.define(eq=False)
class Receiver:
    """A server of webhooks.

    Attributes:
        name: What it is.
        argv: How it is started.
        port: Where it listens.
        journal: What it writes down.
        reload: The signal that makes it replace its workers gently, if it knows one.
        stop_gently: The signal that makes it end when what is under way is over.
    """

    name: str
    argv: Sequence[str]
    port: int
    journal: Journal
    reload: signal.Signals | None = None
    stop_gently: signal.Signals = signal.SIGTERM
    process: trio.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def start(self) -> None:
        log = self.journal.path.with_suffix(".log").open("ab")
        with log:
            self.process = await trio.lowlevel.open_process(
                list(self.argv), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            with trio.fail_after(STARTS_WITHIN_SECONDS):
                while not await self._answers():
                    assert self.process.returncode is None, self._said()
                    await trio.sleep(0.02)
        except trio.TooSlowError:
            raise AssertionError(f"{self.name} does not listen: {self._said()}") from None

    async def restart_gently(self) -> None:
        """Replace what serves, as an administrator would."""
        if self.reload is not None:
            assert self.process is not None
            self.process.send_signal(self.reload)
        else:
            await self.stop(self.stop_gently)
            await self.start()

    async def kill_and_start(self) -> None:
        """Kill whatever serves, with its children, and start it again."""
        assert self.process is not None
        for pid in family_of(self.process.pid):
            os.kill(pid, signal.SIGKILL)
        await self.process.wait()
        await self.start()

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.process is None:
            return
        self.process.send_signal(number)
        with trio.move_on_after(STOPS_WITHIN_SECONDS):
            await self.process.wait()
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def _answers(self) -> bool:
        try:
            stream = await trio.open_tcp_stream("127.0.0.1", self.port)
        except OSError:
            return False
        await stream.aclose()
        return True

    def _said(self) -> str:
        return self.journal.path.with_suffix(".log").read_text()[-2000:]


def family_of(pid: int) -> list[int]:
    """A process and its children, and theirs."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in family_of(int(child)))]


@asynccontextmanager
async def serving(*receivers: Receiver) -> AsyncIterator[None]:
    """Run receivers for a block."""
    try:
        async with trio.open_nursery() as nursery:
            for receiver in receivers:
                nursery.start_soon(receiver.start)
        yield
    finally:
        with trio.CancelScope(shield=True):
            async with trio.open_nursery() as nursery:
                for receiver in receivers:
                    nursery.start_soon(receiver.stop)


def find_port() -> int:
    return ports.find_free(ports.loopback_hosts())


def environment_path() -> str:
    """Where programs are, those of the system's administrator included."""
    return f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"
