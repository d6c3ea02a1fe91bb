"""One connection to the broker, from CONNECT to the end: reader, writer and keep-alive.

It must not know how connections are opened, nor what happens after this one.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import trio

from pulse_router.mqtt.acknowledgements import write_acknowledgements
from pulse_router.mqtt.events import Ended, EndedBy, Event, Opened, Subscribed, Unsubscribed
from pulse_router.mqtt.inbox import Inbox
from pulse_router.mqtt.options import ClientOptions
from pulse_router.mqtt.outbox import Outbox
from pulse_router.mqtt.outgoing import OutgoingMessage
from pulse_router.mqtt.pings import Pings
from pulse_router.mqtt.problems import WRONG_PORT, describe_error, describe_silence, explain
from pulse_router.mqtt.session import PINGREQ, Session
from pulse_router.mqtt.unreadable import Publication

READ_BYTES: Final = 65_536
BUSY_MESSAGES_PER_SECOND: Final = 3_000.0
"""Above this rate reads are spaced out, so that each brings many messages: a read costs 60 µs."""
LINGER_SECONDS: Final = 0.002
LAST_WORDS_SECONDS: Final = 0.5
"""Once nothing can be written any more, the reader has so long to find what the broker has said."""


class _Lost(Exception):
    """The stream is of no use any more; the message says why."""


class Connection:
    """Speaks with the broker over one stream.

    Args:
        stream: The stream; closed at the end of `run`.
        options: Who we are and what we want.
        on_event: Told of every event, in order; when the session is settled, by an `Unsubscribed`
            in any case.
        inbox: Where messages go; None where nothing is subscribed to.
    """

    def __init__(
        self,
        stream: trio.abc.Stream,
        options: ClientOptions,
        *,
        on_event: Callable[[Event], None],
        inbox: Inbox | None = None,
    ) -> None:
        self._stream = stream
        self._options = options
        self._inbox = inbox
        self._on_event = on_event
        self._session = Session(options)
        self._problem: str | None = None
        self._scope = trio.CancelScope()
        self._reader = trio.CancelScope()
        self._waiting: trio.CancelScope | None = None
        self._stopping = trio.Event()
        self._unsubscribes = False
        self._alive = True
        self._outbox = Outbox()
        self._outbox.put(self._session.connect())
        self._opened = trio.Event()
        self._leaving = trio.Event()
        self._keep_alive_seconds: float = options.keep_alive_seconds
        self._handshake_seconds_left: float = options.connect_timeout_seconds
        self._pings = Pings(lambda: self._outbox.put(PINGREQ))

    @property
    def written(self) -> int:
        """The last arrival whose acknowledgements have been given to the line."""
        return self._pings.written

    @property
    def known(self) -> int:
        """The last arrival that the broker is known to know as acknowledged."""
        return self._pings.known

    async def run(self) -> str | None:
        """Serve until the connection ends.

        Returns:
            Why it ended, in a sentence; None after `disconnect`.
        """
        with self._scope:
            try:
                async with trio.open_nursery() as nursery:
                    for task in (self._read, self._write, self._keep_alive, self._pings.ask):
                        nursery.start_soon(self._until_lost, task)
            finally:
                self._alive = False
                self._outbox.give_up()
                await trio.aclose_forcefully(self._stream)
        return self._problem

    def acknowledge(self, publications: Sequence[Publication], number: int) -> None:
        """Acknowledge an arrival that this connection brought; nothing once it has ended."""
        if self._alive and not self._outbox.is_closed:
            data = write_acknowledgements(publications)
            if data:
                self._outbox.put(data)
                self._pings.acknowledged(number)

    def publish(self, message: OutgoingMessage) -> int:
        """Have a message sent, once the connection is opened; never waits.

        Returns:
            The packet id under which `Confirmed` will speak of it; 0 at QoS 0.

        Raises:
            Unpublishable: The broker has said that it does not take such a message.
        """
        packet_id, data = self._session.publish(message)
        self._outbox.put(data)
        return packet_id

    async def flush(self) -> bool:
        """Wait until all that has been published is sent; say whether it was."""
        return await self._outbox.flush()

    def stop_reading(self) -> None:
        """Read no more; what has been read is still handed over, and the inbox is closed."""
        self._stopping.set()
        if self._waiting is not None:
            self._waiting.cancel()

    def disconnect(self) -> None:
        """Send the acknowledgements that are queued, say farewell and end."""
        if self._session.is_open:
            self._leave(None, self._session.disconnect())
        else:
            self.abandon(None)

    def abandon(self, problem: str | None) -> None:
        """End at once, for it is of no use any more; None where that is what was wanted."""
        if not self._outbox.is_closed:
            self._problem = problem
        self._scope.cancel()

    # ---- ending

    def _leave(self, problem: str | None, farewell: bytes) -> None:
        """Let the writer finish with a farewell, then wait for the broker to close."""
        if self._outbox.is_closed:
            return
        self._problem = problem
        self._outbox.close(farewell)
        self._scope.deadline = trio.current_time() + self._options.disconnect_timeout_seconds
        self._reader.cancel()
        self._leaving.set()

    async def _until_lost(self, task: Callable[[], Awaitable[None]]) -> None:
        try:
            await task()
        except _Lost as lost:
            self.abandon(
                f"the connection to the MQTT broker at {self._options.address} is lost: {lost}"
            )

    # ---- reading

    async def _read(self) -> None:
        at = self._pings.received_at
        with self._reader:
            while (data := await self._next_piece()) is not None:
                previous, at = at, self._pings.received_at
                messages = self._take(data)
                if messages > (at - previous) * BUSY_MESSAGES_PER_SECOND:
                    await trio.sleep_until(at + LINGER_SECONDS)
            if self._inbox is not None:
                self._inbox.close()
        await self._leaving.wait()
        # Closing a socket that holds unread data resets it, and the broker may then throw away
        # the acknowledgements that it has not read yet: read until it closes.
        while await self._receive_some():
            pass
        self.abandon(None)

    async def _next_piece(self) -> bytes | None:
        """Wait for room and for data; None when reading has been stopped."""
        inbox = self._inbox if self._session.is_open else None
        if inbox is not None and inbox.is_full and not self._stopping.is_set():
            with trio.CancelScope() as self._waiting:
                await inbox.wait_for_room()
        if self._stopping.is_set():
            return None
        # The broker is judged only by the time that we spend reading: its answers to our pings
        # wait unread while there is no room.
        since = trio.current_time()
        silence = self._keep_alive_seconds + self._options.ping_timeout_seconds
        with trio.move_on_after(min(silence, self._handshake_seconds_left)) as self._waiting:
            data = await self._receive_some()
            if not data and not self._opened.is_set():
                raise _Lost(f"the broker has closed it before it had answered; {WRONG_PORT}")
            if not data:
                # mosquitto 2.0.11 closes without a word when another client takes the session over.
                raise _Lost(
                    "the broker has closed it without a reason; if that goes on, see its log, and "
                    f"whether another client uses the client id {self._options.client_id!r}"
                )
            spent = self._pings.received_at - since
            self._handshake_seconds_left = max(0.0, self._handshake_seconds_left - spent)
            return bytes(data)
        if self._stopping.is_set():
            return None
        if self._handshake_seconds_left <= silence:
            raise _Lost("the broker has not answered the handshake")
        raise _Lost("the broker has stopped answering")

    async def _receive_some(self) -> bytes | bytearray:
        try:
            data = await self._stream.receive_some(READ_BYTES)
        except trio.BrokenResourceError as error:
            describe = describe_error if self._opened.is_set() else describe_silence
            raise _Lost(describe(error)) from error
        self._pings.received_at = trio.current_time()
        return data

    def _take(self, data: bytes) -> int:
        """Make of a piece what is in it; return how many messages that was."""
        received = self._session.receive(data)
        if received.reply:
            self._outbox.put(received.reply)
        for event in received.events:
            if isinstance(event, Opened):
                self._take_on(event)
            self._on_event(event)
            if isinstance(event, Subscribed):
                self._subscribed()
        if received.publications and self._inbox is not None:
            self._inbox.take(received.publications, received.publish_bytes, self)
        if received.pongs:  # what was read with them may have been sent before
            self._pings.answered(received.pongs)
        if received.events and isinstance(ended := received.events[-1], Ended):
            self._ended(ended)
        return len(received.publications)

    def _take_on(self, opened: Opened) -> None:
        """Go by what the broker has said, and subscribe, if that is what the connection is for."""
        self._keep_alive_seconds = opened.keep_alive_seconds
        self._opened.set()
        if self._inbox is None:
            self._handshake_seconds_left = math.inf
            return
        if not opened.session_present:
            self._inbox.session_is_new()
        # Even in a living session: the configuration may have changed since.
        self._handshake_seconds_left = self._options.connect_timeout_seconds
        self._outbox.put(self._session.subscribe(self._options.subscriptions))
        stale = self._options.stale_subscriptions
        if stale and opened.session_present:
            self._unsubscribes = True
            self._outbox.put(self._session.unsubscribe(stale))

    def _subscribed(self) -> None:
        self._handshake_seconds_left = math.inf
        if self._options.asks_for_drops:
            self._outbox.put(self._session.ask_for_drops())
        if not self._unsubscribes:
            self._on_event(Unsubscribed())

    def _ended(self, ended: Ended) -> None:
        problem = explain(ended, self._options)
        if ended.by is EndedBy.SUBSCRIPTION_REFUSED:
            self._leave(problem, self._session.disconnect())
        elif ended.by is EndedBy.PROTOCOL_ERROR and self._opened.is_set():
            self._leave(problem, self._session.disconnect(ended.code))
        else:
            self.abandon(problem)

    # ---- writing

    async def _write(self) -> None:
        await self._outbox.run(self._send_all)

    async def _send_all(self, data: bytes) -> None:
        failure: trio.BrokenResourceError | None = None
        try:
            await self._stream.send_all(data)
        except trio.BrokenResourceError as error:
            failure = error
        if failure is not None:
            # The reader is told why: an alert of TLS, a CONNACK that refuses, a DISCONNECT.
            await trio.sleep(LAST_WORDS_SECONDS if self._opened.is_set() else math.inf)
            raise _Lost(describe_error(failure)) from failure
        self._pings.sent_at = trio.current_time()

    async def _keep_alive(self) -> None:
        await self._opened.wait()
        await self._pings.keep_alive(self._keep_alive_seconds)
