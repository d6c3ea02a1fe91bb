"""Keeps a line to the broker: one connection at a time, and another whenever it has ended.

It must not know what the connections are for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.connection import Connection
from pulse_router.mqtt.events import Event
from pulse_router.mqtt.inbox import Inbox
from pulse_router.mqtt.options import ClientOptions
from pulse_router.mqtt.pace import Pace

OpenStream = Callable[[ClientOptions], Awaitable[trio.abc.Stream]]
"""Connects to the broker; raises `Unavailable`."""


class Line:
    """Connects, and connects again, ever more slowly while that comes to nothing.

    Args:
        options: Which broker, and who we are there.
        on_event: Told of every event of every connection, in order.
        on_end: Told when a connection has ended, or could not be made: why, in a sentence, or None
            when that was asked for.
        open_stream: Connects to the broker.
        jitter: Gives random numbers from 0 up to 1.
        inbox: Where messages go; None where nothing is subscribed to.
        prepare: Says, before each connection, with what it is to be made, given `options`.

    Attributes:
        options: What connections are made with.
        connection: The one that there is; None between two.
        works_since: Since when it does what it is for, in Trio's time, for its owner to set; None
            while it does not.
    """

    def __init__(
        self,
        options: ClientOptions,
        *,
        on_event: Callable[[Event], None],
        on_end: Callable[[str | None], None],
        open_stream: OpenStream,
        jitter: Callable[[], float],
        inbox: Inbox | None = None,
        prepare: Callable[[ClientOptions], Awaitable[ClientOptions]] | None = None,
    ) -> None:
        self.options = options
        self.connection: Connection | None = None
        self.works_since: float | None = None
        self._on_event = on_event
        self._on_end = on_end
        self._open_stream = open_stream
        self._pace = Pace(jitter)
        self._inbox = inbox
        self._prepare = prepare
        self._stopped = False
        self._unless_stopped = trio.CancelScope()

    @property
    def is_stopped(self) -> bool:
        """Whether no other connection will be made."""
        return self._stopped

    @property
    def worked_seconds(self) -> float:
        """For how long the connection has done what it is for; 0 when it never did."""
        return 0.0 if self.works_since is None else trio.current_time() - self.works_since

    async def run(self) -> None:
        """Keep it, until `stop_reading` or `disconnect`; then return when the connection has ended.

        Troubles of the network never leave it. When it is cancelled, the connection is cut.
        """
        while not self._stopped:
            self.works_since = None
            self._on_end(await self._connect_once())
            if not self._stopped:
                with trio.CancelScope() as self._unless_stopped:
                    await trio.sleep(self._pace.delay_seconds(worked_seconds=self.worked_seconds))

    def stop_reading(self) -> None:
        """Make no other connection; this one reads no more, but goes on acknowledging."""
        self._stop()
        if self.connection is not None:
            self.connection.stop_reading()

    def disconnect(self) -> None:
        """Make no other connection; this one sends what is queued, says farewell and ends."""
        self._stop()
        if self.connection is not None:
            self.connection.disconnect()

    def _stop(self) -> None:
        self._stopped = True
        self._unless_stopped.cancel()

    async def _connect_once(self) -> str | None:
        """Serve one connection; say why there is none any more, or None when that was asked for."""
        options = self.options
        stream: trio.abc.Stream | None = None
        with trio.CancelScope() as self._unless_stopped:
            try:
                if self._prepare is not None:
                    options = await self._prepare(options)
                stream = await self._open_stream(options)
            except Unavailable as error:
                return f"cannot connect to the MQTT broker at {options.address}: {error}"
        if stream is None:
            return None
        self.connection = Connection(stream, options, on_event=self._on_event, inbox=self._inbox)
        if self._stopped:
            self.connection.disconnect()
        try:
            return await self.connection.run()
        finally:
            self.connection = None
