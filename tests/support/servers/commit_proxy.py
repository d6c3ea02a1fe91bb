"""A proxy that reads what a router says to PostgreSQL, and catches its commits of messages."""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress

import attrs
import trio

from tests.support.commands.router import World

CAUGHT_WITHIN_SECONDS = 20
LANDS_WITHIN_SECONDS = 20
PROTOCOL_3 = 3
"""The major version that a start-up packet names; the other packets of its form ask for more."""


class Storing(enum.Enum):
    """How a batch of messages is stored."""

    AT_ONCE = enum.auto()
    BY_COPY = enum.auto()
    IN_PIECES = enum.auto()


class Held(enum.Enum):
    """What of a commit is held back."""

    REQUEST = enum.auto()
    ANSWER = enum.auto()


class Speech:
    """Cuts what a client of PostgreSQL says into messages (its protocol, version 3)."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._has_begun = False
        self._statements: dict[bytes, str] = {}

    def hear(self, data: bytes | bytearray) -> Iterator[tuple[bytes, str]]:
        """Give each message that is complete, with the SQL that it runs, if it does."""
        self._buffer += data
        while True:
            head = 1 if self._has_begun else 0
            if len(self._buffer) < head + 4:
                return
            size = head + int.from_bytes(self._buffer[head : head + 4], "big")
            if len(self._buffer) < size:
                return
            message = bytes(self._buffer[:size])
            del self._buffer[:size]
            if self._has_begun:
                yield message, self._sql_of(message[:1], message[5:])
            else:
                self._has_begun = int.from_bytes(message[4:6], "big") == PROTOCOL_3
                yield message, ""

    def _sql_of(self, kind: bytes, body: bytes) -> str:
        if kind == b"Q":
            return body.rstrip(b"\0").decode()
        if kind == b"P":
            name, sql, _ = body.split(b"\0", 2)
            self._statements[name] = sql.decode()
        if kind == b"B":
            _, name, _ = body.split(b"\0", 2)
            return self._statements.get(name, "")
        return ""


@attrs.define(eq=False)
class Trap:
    """Catches the next commit of a kind, and holds part of it back.

    Attributes:
        caught: Set when it has.
        landed: Set when the server has answered.
    """

    storing: Storing
    held: Held
    caught: trio.Event = attrs.field(factory=trio.Event)
    landed: trio.Event = attrs.field(factory=trio.Event)
    _released: trio.Event = attrs.field(factory=trio.Event)
    _line: trio.CancelScope | None = None

    async def wait_caught(self) -> None:
        """Wait until it has caught one."""
        with trio.fail_after(CAUGHT_WITHIN_SECONDS):
            await self.caught.wait()

    async def wait_landed(self) -> None:
        """Wait until the server has answered."""
        with trio.fail_after(LANDS_WITHIN_SECONDS):
            await self.landed.wait()

    def release(self) -> None:
        """Let through what is held back."""
        self._released.set()

    def cut(self) -> None:
        """Cut the connection that it came by, with what is held back."""
        assert self._line is not None, "nothing was caught"
        self._line.cancel()

    def catch(self, line: trio.CancelScope) -> None:
        self._line = line
        self.caught.set()

    async def wait_released(self) -> None:
        await self._released.wait()


@attrs.define(eq=False)
class CommitProxy:
    """Stands between a router and a PostgreSQL on this machine.

    Attributes:
        port: Where the router connects to.
        delay_seconds: For how long each commit of messages is kept waiting.
    """

    server_port: int
    port: int = 0
    delay_seconds: float = 0
    _trap: Trap | None = None

    def set_trap(self, storing: Storing, held: Held) -> Trap:
        """Catch the next commit of messages that are stored in a way."""
        self._trap = Trap(storing, held)
        return self._trap

    async def serve(self, client: trio.SocketStream) -> None:
        """Pass one connection on. Each end hears of the other's end when all before has passed."""
        try:
            server = await trio.open_tcp_stream("127.0.0.1", self.server_port)
        except OSError:
            await client.aclose()
            return
        async with client, server:
            connection = _Connection(self, client, server)
            with connection.line:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(connection.pass_questions)
                    await connection.pass_answers()
                    nursery.cancel_scope.cancel()

    def take_trap(self, storing: Storing | None) -> Trap | None:
        trap = self._trap
        if trap is None or trap.storing is not storing:
            return None
        self._trap = None
        return trap


@attrs.define(eq=False)
class _Connection:
    proxy: CommitProxy
    client: trio.SocketStream
    server: trio.SocketStream
    line: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    said: list[str] = attrs.field(factory=list)
    trap: Trap | None = None

    async def pass_questions(self) -> None:
        speech = Speech()
        try:
            async for data in self.client:
                passed = bytearray()
                for message, sql in speech.hear(data):
                    storing = self._is_commit(sql)
                    if storing is not None:
                        await self._send(passed)
                        passed.clear()
                        await self._hold(storing)
                    passed += message
                await self._send(passed)
        except trio.BrokenResourceError:
            pass  # the client was killed
        with suppress(trio.BrokenResourceError):
            await self.server.send_eof()

    async def pass_answers(self) -> None:
        is_heard = True
        try:
            async for data in self.server:
                trap = self.trap
                if trap is not None:
                    trap.landed.set()
                    if trap.held is Held.ANSWER:
                        await trap.wait_released()
                    self.trap = None
                if is_heard:
                    is_heard = await self._answer(data)
        except trio.BrokenResourceError:
            pass  # the server was killed

    async def _answer(self, data: bytes | bytearray) -> bool:
        try:
            await self.client.send_all(data)
        except trio.BrokenResourceError:
            return False  # what the server says to one who is gone is still waited for
        return True

    async def _send(self, data: bytearray) -> None:
        if data:
            await self.server.send_all(bytes(data))

    async def _hold(self, storing: Storing) -> None:
        await trio.sleep(self.proxy.delay_seconds)
        trap = self.proxy.take_trap(storing)
        if trap is None:
            return
        trap.catch(self.line)
        if trap.held is Held.REQUEST:
            await trap.wait_released()
        self.trap = trap

    def _is_commit(self, sql: str) -> Storing | None:
        """Tell how the messages are stored that a statement commits, if it does."""
        if not sql:
            return None
        if "pulse_commit_batch(" in sql:
            return Storing.AT_ONCE
        if sql.startswith("BEGIN"):
            self.said.clear()
        self.said.append(sql)
        if sql != "COMMIT":
            return None
        if any(each.startswith("SAVEPOINT piece") for each in self.said):
            return Storing.IN_PIECES
        if any(each.startswith("COPY") and "telemetry" in each for each in self.said):
            return Storing.BY_COPY
        return None


@asynccontextmanager
async def open_commit_proxy(server_port: int) -> AsyncIterator[CommitProxy]:
    """Run a proxy before a PostgreSQL on this machine; what is open at the end is cut."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    proxy = CommitProxy(server_port, listener.socket.getsockname()[1])
    async with trio.open_nursery() as nursery:
        await nursery.start(trio.serve_listeners, proxy.serve, [listener])
        yield proxy
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def proxied(world: World) -> AsyncIterator[CommitProxy]:
    """Put a proxy between a world's router and its database."""
    async with open_commit_proxy(world.postgres.port) as proxy:
        url = world.router.environment["PULSE_DATABASE_URL"]
        direct = f":{world.postgres.port}/"
        world.router.environment["PULSE_DATABASE_URL"] = url.replace(direct, f":{proxy.port}/")
        yield proxy
