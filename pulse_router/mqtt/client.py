"""The MQTT client: keeps one connection to the broker, for as long as it is wanted.

It must not know what the messages mean.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Final

import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.retry import full_jitter_seconds
from pulse_router.mqtt.connection import Connection
from pulse_router.mqtt.inbox import Arrival, Inbox
from pulse_router.mqtt.options import ClientOptions
from pulse_router.mqtt.transport import open_transport

SHORTEST_DELAY_SECONDS: Final = 0.1
LONGEST_DELAY_SECONDS: Final = 10.0
HEALTHY_AFTER_SECONDS: Final = 10.0
"""How long a subscription must have lasted for the next delay to be the shortest again."""


class Client:
    """Brings what the broker sends into a channel, and reconnects by itself.

    Args:
        options: Which broker, which topics, which bounds.
        arrivals: Where arrivals go; closed when no more will come.
        on_state: Told None once connected and subscribed, and otherwise the problem in a sentence
            that names the broker and the remedy; only when that changes.
        open_stream: Connects to the broker; raises `Unavailable`.
        jitter: Gives random numbers from 0 up to 1.

    Attributes:
        connects: How many times the broker has accepted a connection.
    """

    def __init__(
        self,
        options: ClientOptions,
        arrivals: trio.MemorySendChannel[Arrival],
        *,
        on_state: Callable[[str | None], None],
        open_stream: Callable[[ClientOptions], Awaitable[trio.abc.Stream]] = open_transport,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.connects = 0
        self._options = options
        self._inbox = Inbox(
            arrivals,
            max_messages_in_hand=options.receive_maximum,
            max_bytes_in_hand=options.max_bytes_in_hand,
        )
        self._on_state = on_state
        self._state: str | None = "not connected yet"
        self._open_stream = open_stream
        self._jitter = jitter
        self._connection: Connection | None = None
        self._subscribed_at: float | None = None
        self._stopped = False
        self._disconnecting = False
        self._unless_stopped = trio.CancelScope()
        self._unless_disconnected = trio.CancelScope()

    @property
    def messages(self) -> int:
        """How many messages have arrived."""
        return self._inbox.messages

    @property
    def bytes(self) -> int:
        """How many bytes they took on the wire."""
        return self._inbox.bytes

    @property
    def messages_in_hand(self) -> int:
        """How many of the messages are not acknowledged yet."""
        return self._inbox.messages_in_hand

    @property
    def bytes_in_hand(self) -> int:
        """How many bytes those took."""
        return self._inbox.bytes_in_hand

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Connect, and connect again; return after `disconnect`.

        It also returns when the connection ends after `stop_reading`. Troubles of the network
        never leave it. When it is cancelled, the connection is cut.
        """
        task_status.started()
        failures = 0
        with self._inbox:
            while not self._stopped:
                self._subscribed_at = None
                problem = await self._connect_once()
                if problem is not None:
                    self._report(problem)
                failures = 1 if self._was_healthy() else failures + 1
                if not self._disconnecting:
                    with trio.CancelScope() as self._unless_disconnected:
                        await self._inbox.deliver()
                await self._wait_before_connecting(failures)

    def stop_reading(self) -> None:
        """Take no more messages, but stay connected and go on acknowledging.

        What has been read is still handed over; then the channel is closed.
        """
        self._stopped = True
        self._unless_stopped.cancel()
        if self._connection is not None:
            self._connection.stop_reading()

    def disconnect(self) -> None:
        """Ask for the end: queued acknowledgements are sent, then DISCONNECT; then `run` returns.

        An arrival that nobody has taken yet is dropped; the broker sends it again.
        """
        self._stopped = True
        self._disconnecting = True
        self._unless_stopped.cancel()
        self._unless_disconnected.cancel()
        if self._connection is not None:
            self._connection.disconnect()

    async def _connect_once(self) -> str | None:
        """Serve one connection; say why there is none any more, or None when that was asked for."""
        stream: trio.abc.Stream | None = None
        with trio.CancelScope() as self._unless_stopped:
            try:
                stream = await self._open_stream(self._options)
            except Unavailable as error:
                return f"cannot connect to the MQTT broker at {self._options.address}: {error}"
        if stream is None:
            return None
        self._connection = Connection(
            stream,
            self._options,
            self._inbox,
            on_opened=self._count_connect,
            on_subscribed=self._subscribed,
        )
        if self._stopped:
            self._connection.disconnect()
        try:
            return await self._connection.run()
        finally:
            self._connection = None

    async def _wait_before_connecting(self, failures: int) -> None:
        delay = full_jitter_seconds(
            failures,
            self._jitter(),
            initial_seconds=2 * SHORTEST_DELAY_SECONDS,
            max_seconds=LONGEST_DELAY_SECONDS,
        )
        if not self._stopped:
            with trio.CancelScope() as self._unless_stopped:
                await trio.sleep(max(SHORTEST_DELAY_SECONDS, delay))

    def _was_healthy(self) -> bool:
        since = self._subscribed_at
        return since is not None and trio.current_time() - since >= HEALTHY_AFTER_SECONDS

    def _count_connect(self) -> None:
        self.connects += 1

    def _subscribed(self) -> None:
        self._subscribed_at = trio.current_time()
        self._report(None)

    def _report(self, state: str | None) -> None:
        if state != self._state:
            self._state = state
            self._on_state(state)
