"""What waits to be sent on one connection. It must not know packets, nor streams."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio


class Outbox:
    """Takes pieces without waiting, and writes what has gathered as one, in order."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._farewell: bytes | None = None
        self._put = 0
        self._written = 0
        self._given_up = False
        self._news = trio.Event()
        self._progress = trio.Event()

    @property
    def is_closed(self) -> bool:
        """Whether the last piece has been put in."""
        return self._farewell is not None

    def put(self, data: bytes) -> None:
        """Have a piece sent; never waits."""
        self._pieces.append(data)
        self._put += 1
        self._news.set()

    def close(self, farewell: bytes) -> None:
        """Have a last piece sent, after all others."""
        self._farewell = farewell
        self._news.set()

    async def run(self, send_all: Callable[[bytes], Awaitable[None]]) -> None:
        """Send until the last piece is sent.

        Args:
            send_all: Sends; nobody else may, as half a packet would end the connection.
        """
        while True:
            if self._pieces:
                data, self._pieces, put = b"".join(self._pieces), [], self._put
                await send_all(data)
                self._written = put
                self._progress.set()
                self._progress = trio.Event()
            elif self._farewell is not None:
                break
            else:
                self._news = trio.Event()
                await self._news.wait()
        await send_all(self._farewell)

    async def flush(self) -> bool:
        """Wait until all that has been put in so far is sent.

        Returns:
            Whether it was; False when it never will be.
        """
        put = self._put
        while self._written < put and not self._given_up:
            await self._progress.wait()
        return self._written >= put

    def give_up(self) -> None:
        """Send no more; who waits for that is told."""
        self._given_up = True
        self._progress.set()
