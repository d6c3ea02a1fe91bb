"""A small pool of connections for Trio: bounded, last in first out, made on demand.

It must not know what the connections are used for. Taking one back never waits: a connection that
is not fit for the next user is cut and made anew when it is needed.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import trio

from pulse_router.postgres.connecting import ConnectOptions, connect
from pulse_router.postgres.connection import Connection

GREATEST_AGE_SECONDS: Final = 600.0
"""A session keeps the server that its name led to, and what was set when it began: not for ever."""
FRESH_SECONDS: Final = 1.0
"""For how long a connection is taken to be alive of which the server has made use."""
AGE_SPREAD: Final = 0.2
"""By what part of it ages differ, so that not all end at once."""


class Pool:
    """At most `size` connections; those who come when all are in use wait in line.

    Attributes:
        ages: When each connection has reached its greatest age, on Trio's clock.
    """

    def __init__(self, options: ConnectOptions, *, size: int) -> None:
        self._options = options
        self._slots = trio.Semaphore(size, max_value=size)
        self._idle: list[Connection] = []
        self._leased: set[Connection] = set()
        self.ages: dict[Connection, float] = {}

    @property
    def idle_count(self) -> int:
        """How many connections wait for a user."""
        return len(self._idle)

    @property
    def leased_count(self) -> int:
        """How many connections are in use."""
        return len(self._leased)

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for the right to hold one connection, and keep it for a block."""
        try:
            self._slots.acquire_nowait()  # others get their turn while the server is asked
        except trio.WouldBlock:
            await self._slots.acquire()
        try:
            yield
        finally:
            self._slots.release()

    def take_idle(self) -> Connection | None:
        """Take the connection that was used last, if any is alive. Needs a slot."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable and trio.current_time() < self.ages[connection]:
                self._leased.add(connection)
                return connection
            self._end(connection)
        return None

    def take_fresh(self) -> Connection | None:
        """Take the connection that was used last if that was a moment ago. Needs a slot.

        One that has waited for longer may have gone silent, and is to be asked something first that
        is not waited for for long.
        """
        connection = self.take_idle()
        if connection is None or trio.current_time() - connection.used_at < FRESH_SECONDS:
            return connection
        self._leased.discard(connection)
        self._idle.append(connection)
        return None

    async def make(self) -> Connection:
        """Make a new connection. Needs a slot.

        Raises:
            Unavailable: None can be had now.
        """
        connection = await connect(self._options)
        spread = AGE_SPREAD * random.random()  # noqa: S311 - nobody is to be kept from guessing it
        self.ages[connection] = trio.current_time() + GREATEST_AGE_SECONDS * (1 - spread)
        self._leased.add(connection)
        return connection

    def give_back(self, connection: Connection) -> None:
        """End the use of a connection, whatever state it is in."""
        self._leased.discard(connection)
        if connection.is_usable and not connection.is_in_transaction and not connection.is_worn:
            self._idle.append(connection)
            connection.used_at = trio.current_time()
            return
        if connection.is_worn:
            self.drop_idle()
        self._end(connection)

    def drop_idle(self) -> None:
        """Cut every connection that waits: what broke one has broken all."""
        while self._idle:
            self._end(self._idle.pop())

    def terminate(self) -> None:
        """Cut every connection, those in use too."""
        self.drop_idle()
        for connection in self._leased:
            connection.terminate()

    def _end(self, connection: Connection) -> None:
        connection.terminate()
        self.ages.pop(connection, None)
