"""The life of an embedded server: adopted or started, waited for, and stopped.

Knows pid files, ports' answers and how to wait; does not know which program it is.
"""

from __future__ import annotations

import abc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import trio

from pulse_router.embedded import ports, processes
from pulse_router.embedded.accounts import Account
from pulse_router.embedded.processes import ChildFailed, ChildProcess, StopSteps


@attrs.define(eq=False, kw_only=True)
class EmbeddedServer(abc.ABC):
    """A server of ours that works in a folder. One owner at a time.

    Args:
        folder: Holds all that it keeps.
        account: Whom it runs as; None for ourselves.

    Attributes:
        process: The server, while it is ours.
    """

    folder: Path
    account: Account | None
    process: ChildProcess | None = None

    @property
    @abc.abstractmethod
    def name(self) -> str:
        """What people call it."""

    @property
    @abc.abstractmethod
    def log(self) -> Path:
        """What the server says."""

    @property
    @abc.abstractmethod
    def pid_file(self) -> Path:
        """Where its pid is noted, on the first line."""

    @property
    @abc.abstractmethod
    def stop_steps(self) -> StopSteps:
        """How it is made to end: gently, then harder."""

    @abc.abstractmethod
    async def start(self) -> None:
        """Start the server, or adopt a living one.

        Raises:
            ChildFailed: It cannot be prepared, or is not ready in time.
            FolderUnsuitable: The folder cannot be used by the account.
        """

    async def wait_exited(self) -> None:
        """Wait until the server has ended, by itself or by somebody's hand."""
        if self.process is not None:
            await self.process.wait_exited()

    async def stop(self) -> None:
        """Stop the server: at once for its clients, with its data in good order."""
        await self._stop(self.stop_steps)

    @abc.abstractmethod
    def _is_ours(self, argv: Sequence[str]) -> bool:
        """Tell a server on this folder by its command line."""

    @abc.abstractmethod
    def _recall_port(self) -> None:
        """Take the port of a server that is found alive."""

    @abc.abstractmethod
    async def _is_ready(self) -> bool:
        """Tell whether it serves."""

    async def _stop(self, steps: StopSteps) -> None:
        process, self.process = self.process, None
        if process is not None:
            await process.stop(steps)

    async def _adopt(self, within_seconds: float) -> bool:
        """Take up a living server of an earlier life; tell whether there was one that answers."""
        process, self.process = self.process, None
        if process is not None:
            process.close()
        found = processes.adopt(processes.read_pid(self.pid_file), self._is_ours)
        if found is None:
            return False
        self._recall_port()
        try:
            await self._become_ready(found, within_seconds)
        except ChildFailed:
            return False
        return True

    async def _become_ready(self, process: ChildProcess, within_seconds: float) -> None:
        await process.become_ready(
            self._is_ready,
            within_seconds=within_seconds,
            log=self.log,
            stop_steps=self.stop_steps,
        )
        self.process = process


@asynccontextmanager
async def running(server: EmbeddedServer) -> AsyncIterator[None]:
    """Start a server, and stop it in the end.

    The caller makes sure that nobody else does so at the same time.

    Raises:
        ChildFailed: It cannot be started.
        FolderUnsuitable: The folder cannot be used.
    """
    await server.start()
    try:
        yield
    finally:
        with trio.CancelScope(shield=True):
            await server.stop()


async def first_byte_of_answer(port: int, question: bytes) -> bytes:
    """Ask whoever listens on a port of 127.0.0.1; empty when there is no answer."""
    try:
        stream = await trio.open_tcp_stream(ports.IPV4_LOOPBACK, port)
        async with stream:
            await stream.send_all(question)
            return bytes(await stream.receive_some(1))
    except (OSError, trio.BrokenResourceError):
        return b""
