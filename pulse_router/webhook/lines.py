"""A connection to an endpoint that carries one request after another.

It is sent to without waiting, and then waited for once: each hand-over to the event loop costs as
much as the request. Deadlines are the caller's, who cuts it. It knows nothing of webhooks.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Hashable
from typing import Final

import trio

from pulse_router.webhook.answers import AnswerReader
from pulse_router.webhook.breaks import LineBroken, LineCut
from pulse_router.webhook.outbox import Outbox, Sending
from pulse_router.webhook.sessions import TlsSessions
from pulse_router.webhook.silence import Silence
from pulse_router.webhook.tls import TlsSession, reason_of

GREATEST_AGE_SECONDS: Final = 60.0
"""After that a name is asked for again, so that one that moves is followed."""
IDLE_SECONDS: Final = 4.0
"""Shorter than the 5 seconds after which many servers close: a request must not meet that."""
BODY_SECONDS: Final = 1.0
"""How long the rest of an answer is waited for, once its status is known."""
_MARGIN_SECONDS: Final = 1.0
"""How much sooner than a server has said we take its connection for closed."""
_READ_BYTES: Final = 65_536
_READS_IN_A_ROW: Final = 4
"""Others have their turn at the latest after so many reads that need not be waited for."""
_REFUSED: Final = 300
"""From this status on nobody wants the rest of a request."""


def make_room() -> memoryview:
    """Make room for what is read; connections may share it."""
    return memoryview(bytearray(_READ_BYTES))


class Line:
    """One connection, in use by one task at a time.

    Args:
        sock: Connected, and not blocking; `ssl.SSLSocket` where it is encrypted.
        room: Where it reads into, for as long as a read takes: to make room for each would cost
            more than the read.
    """

    __slots__ = (
        "_idle_seconds",
        "_is_cut",
        "_is_new",
        "_made_at",
        "_reads",
        "_room",
        "_secured",
        "_sending",
        "_silence",
        "_socket",
        "_used_at",
        "is_reusable",
    )

    def __init__(self, sock: socket.socket, room: memoryview | None = None) -> None:
        self._socket = sock
        self._secured = sock if isinstance(sock, ssl.SSLSocket) else None
        self._room = make_room() if room is None else room
        self._silence = Silence(sock)
        self._sending = Sending(sock)
        self._is_cut = False
        self._made_at = self._used_at = trio.current_time()
        self._idle_seconds = IDLE_SECONDS
        self._reads = 0
        self._is_new = True
        self.is_reusable = True

    def is_fit(self, now: float, *, is_seen_to: bool = False) -> bool:
        """Tell whether a connection that was used before may carry another request.

        Args:
            now: The time, on Trio's clock.
            is_seen_to: Whether an outbox will see that it was silent until it is used.
        """
        return (
            self.is_reusable
            and now - self._made_at < GREATEST_AGE_SECONDS
            and now - self._used_at < self._idle_seconds
            and (is_seen_to or self._silence.is_kept())
        )

    @property
    def idle_until(self) -> float:
        """When it has been idle for too long, on Trio's clock."""
        return min(self._used_at + self._idle_seconds, self._made_at + GREATEST_AGE_SECONDS)

    def teach(self, sessions: TlsSessions, origin: Hashable) -> None:
        """Let others learn of it how to resume its session of TLS, at its first answer."""
        if self._is_new and (secured := self._secured) is not None:
            sessions.note(
                origin, lambda: TlsSession.of(secured), is_resumed=bool(secured.session_reused)
            )
        self._is_new = False

    async def exchange(
        self, request: bytes, reader: AnswerReader, outbox: Outbox | None = None
    ) -> None:
        """Send a request and read its answer.

        Cut in the middle of it, the connection is of no more use; what the reader has read by then
        stands.

        Args:
            request: What to send.
            reader: Reads the answer.
            outbox: Who sends it, where the connection was used before.

        Raises:
            LineBroken: The connection ended first.
            LineCut: It was cut.
            NotHttp: What came is no answer.
        """
        self.is_reusable = False
        try:
            is_sent = True
            if outbox is None:
                is_sent = await self._send(request, reader)
                if not reader.has_begun and not (self._secured and self._secured.pending()):
                    self._refuse_if_cut()
                    await trio.lowlevel.wait_readable(self._socket)
                    self._read_if_any(reader)
            else:
                sending = self._sending
                outbox.put(sending, request)
                try:
                    await trio.lowlevel.wait_readable(sending.descriptor)
                except trio.ClosedResourceError:
                    self._refuse_if_cut()
                finally:
                    if sending.is_waiting:
                        outbox.take_back(sending)
                if sending.unsent:
                    is_sent = await self._send_rest(sending, reader)
                else:
                    self._read_if_any(reader)
            if not reader.is_whole:
                await self._read_on(reader)
            if is_sent:
                self._note_end(reader)
        except trio.ClosedResourceError:
            raise LineCut from None

    def cut(self) -> None:
        """End the exchange that is under way, if it waits still for the other side."""
        self._is_cut = True
        trio.lowlevel.notify_closing(self._socket)

    def close(self) -> None:
        """Close it without a goodbye, which could hang."""
        self._socket.close()

    def _note_end(self, reader: AnswerReader) -> None:
        # The rest of an answer would be taken for the answer to the next request.
        self.is_reusable = reader.is_whole and reader.answer.is_reusable
        if self.is_reusable:
            self._used_at = trio.current_time()
            announced = reader.answer.keep_alive_seconds
            if announced is not None:
                self._idle_seconds = min(IDLE_SECONDS, announced - _MARGIN_SECONDS)

    async def _read_on(self, reader: AnswerReader) -> None:
        """Read what has not come at once; the rest of an answer is not waited for for long."""
        while not reader.is_whole:
            if reader.answer.status:
                with trio.move_on_after(BODY_SECONDS):
                    await self._read_to_end(reader)
                break
            await self._read_some(reader)

    async def _read_to_end(self, reader: AnswerReader) -> None:
        """Read the rest of an answer whose status is known: whatever befalls it changes nothing."""
        with contextlib.suppress(LineBroken):
            while not reader.is_whole:
                await self._read_some(reader)

    async def _send(self, request: bytes | memoryview, reader: AnswerReader) -> bool:
        """Send a request; tells whether the other side has taken it all.

        It may answer before it has read it, and refuse to hear the rest.
        """
        rest = request
        while True:
            try:
                sent = self._socket.send(rest)
            except (BlockingIOError, ssl.SSLWantWriteError):
                await self._wait_to_send(reader)
                if reader.answer.status >= _REFUSED:
                    return False
            except ssl.SSLWantReadError:
                await self._wait_readable()
            except OSError as error:
                await self._read_what_was_said(reader, error)
                return False
            else:
                if sent == len(rest):
                    return True
                rest = memoryview(rest)[sent:]

    async def _send_rest(self, sending: Sending, reader: AnswerReader) -> bool:
        """Send what the outbox could not send at once; tells as `_send` does."""
        if sending.is_waiting:
            raise LineBroken("it was closed, or spoken over, before its use", is_untouched=True)
        return await self._send(sending.unsent, reader)

    async def _wait_to_send(self, reader: AnswerReader) -> None:
        """Wait until more can be sent; until it answers, hear what it says meanwhile."""
        if reader.answer.status:
            await self._wait_writable()
            return
        async with trio.open_nursery() as nursery:

            async def hear() -> None:
                with contextlib.suppress(trio.ClosedResourceError):
                    await self._wait_readable()
                nursery.cancel_scope.cancel()

            nursery.start_soon(hear)
            with contextlib.suppress(trio.ClosedResourceError):
                await self._wait_writable()
            nursery.cancel_scope.cancel()
        self._refuse_if_cut()
        self._read_if_any(reader)

    async def _read_what_was_said(self, reader: AnswerReader, error: OSError) -> None:
        said = reason_of(error)
        try:
            await self._read_some(reader)
        except LineBroken as broken:
            said = str(broken)  # an alert of TLS says more than that nobody listens
        if not reader.has_begun:
            raise LineBroken(said, is_untouched=True) from None

    async def _read_some(self, reader: AnswerReader) -> None:
        self._reads += 1
        if self._reads % _READS_IN_A_ROW == 0:
            await trio.lowlevel.checkpoint()
            self._refuse_if_cut()
        while True:
            try:
                return self._read_nowait(reader)
            except (BlockingIOError, ssl.SSLWantReadError):
                await self._wait_readable()
            except ssl.SSLWantWriteError:
                await self._wait_writable()

    async def _wait_readable(self) -> None:
        self._refuse_if_cut()
        await trio.lowlevel.wait_readable(self._socket)

    async def _wait_writable(self) -> None:
        self._refuse_if_cut()
        await trio.lowlevel.wait_writable(self._socket)

    def _refuse_if_cut(self) -> None:
        if self._is_cut:  # while it did not wait
            raise trio.ClosedResourceError

    def _read_if_any(self, reader: AnswerReader) -> None:
        try:
            self._read_nowait(reader)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return

    def _read_nowait(self, reader: AnswerReader) -> None:
        """Read what is there.

        Raises:
            BlockingIOError: There is nothing; `SSLWantReadError` and `SSLWantWriteError` likewise.
            LineBroken: It ended before a byte of an answer had come, or broke.
            NotHttp: What came is no answer.
        """
        try:
            size = self._socket.recv_into(self._room)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLEOFError:
            size = 0
        except OSError as error:
            raise LineBroken(reason_of(error), is_untouched=not reader.has_begun) from None
        if size:
            reader.feed(bytes(self._room[:size]))
        elif reader.has_begun:
            reader.end()
        else:
            raise LineBroken("the server closed it without an answer", is_untouched=True)
