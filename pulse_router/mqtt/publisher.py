"""Publishes with confirmation, over a connection of its own.

Its own, as the client that ingests stops reading under pressure and when it stops: the broker's
answers to what we publish would wait unread. It must not know why something is published.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import attrs
import mqtt5
import structlog
import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.connection import Connection
from pulse_router.mqtt.events import Confirmed, Ended, EndedBy, Event, Opened
from pulse_router.mqtt.in_flight import InFlight
from pulse_router.mqtt.options import ClientOptions
from pulse_router.mqtt.outgoing import OutgoingMessage
from pulse_router.mqtt.pace import Pace
from pulse_router.mqtt.transport import open_transport

SILENCE_SECONDS: Final = 5.0
"""How long the broker may answer none of the messages in flight before the connection is left."""
CAREFUL_SECONDS: Final = 60.0
"""How long messages go one by one after one of several has cost us the connection."""

_Code: Final = mqtt5.DisconnectReasonCode
_BLAMES_A_MESSAGE: Final = frozenset(
    int(code)
    for code in (
        _Code.MALFORMED_PACKET,
        _Code.NOT_AUTHORIZED,
        _Code.TOPIC_NAME_INVALID,
        _Code.PACKET_TOO_LARGE,
        _Code.PAYLOAD_FORMAT_INVALID,
        _Code.RETAIN_NOT_SUPPORTED,
        _Code.QOS_NOT_SUPPORTED,
    )
)
"""Brokers may end the connection for a message that they refuse."""

_log = structlog.get_logger()


@attrs.frozen(eq=False)
class _Link:
    """A connection that the broker has accepted."""

    connection: Connection
    in_flight: InFlight


class Publisher:
    """Publishes messages; made by `open_publisher`.

    It connects when the first message is to be published, and again whenever the line is lost.

    Args:
        options: Which broker, and who we are there.
        open_stream: Connects to the broker; raises `Unavailable`.
        jitter: Gives random numbers from 0 up to 1.
    """

    def __init__(
        self,
        options: ClientOptions,
        *,
        open_stream: Callable[[ClientOptions], Awaitable[trio.abc.Stream]] = open_transport,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._options = options
        self._open_stream = open_stream
        self._pace = Pace(jitter)
        self._problem: str | None = None
        self._connection: Connection | None = None
        self._link: _Link | None = None
        self._linked = trio.Event()
        self._opened_at: float | None = None
        self._careful_until = trio.current_time()
        self._wanted = trio.Event()
        self._stopped = False
        self._unless_stopped = trio.CancelScope()

    async def publish(self, message: OutgoingMessage, *, timeout_seconds: float) -> Confirmed:
        """Publish a message, and wait until the broker has taken it over.

        At QoS 0, which nobody confirms, it is sent when this returns, and that is all.

        Args:
            message: What to publish.
            timeout_seconds: How long to wait, for the connection too.

        Returns:
            The broker's answer: it has taken the message over or refused it.

        Raises:
            Unpublishable: The broker has said that it does not take such a message.
            Unavailable: It is not known to be taken over.
        """
        self._wanted.set()
        with trio.move_on_after(timeout_seconds):
            return await self._publish(await self._wait_for_link(), message)
        raise Unavailable(self._overdue(timeout_seconds))

    async def run(self) -> None:
        """Connect when it is wanted, and connect again; return after `disconnect`."""
        await self._wanted.wait()
        while not self._stopped:
            self._opened_at = None
            problem = await self._connect_once()
            self._unlink(problem)
            if not self._stopped:
                with trio.CancelScope() as self._unless_stopped:
                    await trio.sleep(self._pace.delay_seconds(worked_seconds=self._worked_seconds))

    def disconnect(self) -> None:
        """Ask for the end: what is queued is sent, then DISCONNECT; then `run` returns."""
        self._stopped = True
        self._wanted.set()
        self._linked.set()
        self._unless_stopped.cancel()
        if self._connection is not None:
            self._connection.disconnect()

    # ---- publishing

    async def _wait_for_link(self) -> _Link:
        while self._link is None:
            if self._stopped:
                raise Unavailable("the router is stopping")
            await self._linked.wait()
        return self._link

    async def _publish(self, link: _Link, message: OutgoingMessage) -> Confirmed:
        connection = link.connection
        if message.qos:
            return await link.in_flight.send(lambda: connection.publish(message))
        connection.publish(message)
        if not await connection.flush():
            raise Unavailable(f"the connection to the MQTT broker at {self._address} is lost")
        return Confirmed(0, int(mqtt5.PubAckReasonCode.SUCCESS))

    def _overdue(self, timeout_seconds: float) -> str:
        """Say what a message has waited for in vain; leave a connection that is of no use."""
        if (link := self._link) is None:
            return self._problem or (
                f"no connection to the MQTT broker at {self._address} within {timeout_seconds:g} s"
            )
        if link.in_flight.silent_seconds >= SILENCE_SECONDS:
            problem = f"the MQTT broker at {self._address} does not confirm messages any more"
            link.connection.abandon(problem)
            self._unlink(problem)
        return f"the MQTT broker at {self._address} has not confirmed it in {timeout_seconds:g} s"

    @property
    def _worked_seconds(self) -> float:
        since = self._opened_at
        return 0.0 if since is None else trio.current_time() - since

    @property
    def _address(self) -> str:
        return self._options.address

    # ---- the connection

    async def _connect_once(self) -> str | None:
        """Serve one connection; say why there is none any more, or None when that was asked for."""
        stream: trio.abc.Stream | None = None
        with trio.CancelScope() as self._unless_stopped:
            try:
                stream = await self._open_stream(self._options)
            except Unavailable as error:
                return f"cannot connect to the MQTT broker at {self._address}: {error}"
        if stream is None:
            return None
        self._connection = Connection(stream, self._options, on_event=self._take_event)
        if self._stopped:
            self._connection.disconnect()
        try:
            return await self._connection.run()
        finally:
            self._connection = None

    def _take_event(self, event: Event) -> None:
        match event:
            case Opened() if self._connection is not None:
                is_careful = trio.current_time() < self._careful_until
                in_flight = InFlight(1 if is_careful else event.receive_maximum)
                self._link = _Link(self._connection, in_flight)
                self._opened_at = trio.current_time()
                self._linked.set()
                self._report(None)
            case Confirmed() if self._link is not None:
                self._link.in_flight.confirm(event)
            case Ended() if self._link is not None:
                self._ended(event, self._link)

    def _ended(self, ended: Ended, link: _Link) -> None:
        """Find the message that a broker has ended the connection for: the others are not to blame.

        When it was one of several, they go one by one for a while, and it shows itself.
        """
        if ended.by is EndedBy.SERVER and ended.code in _BLAMES_A_MESSAGE and link.in_flight:
            self._careful_until = trio.current_time() + CAREFUL_SECONDS
            link.in_flight.blame_if_alone(ended.code, ended.detail)

    def _unlink(self, problem: str | None) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.in_flight.lose(problem or "the router is stopping")
            if not self._stopped:
                self._linked = trio.Event()
        if problem is not None:
            self._report(problem)

    def _report(self, problem: str | None) -> None:
        if problem == self._problem:
            return
        self._problem = problem
        if problem is None:
            _log.info("messages can be republished again")
        else:
            _log.warning("messages cannot be republished for now", problem=problem)


@asynccontextmanager
async def open_publisher(options: ClientOptions) -> AsyncIterator[Publisher]:
    """Open a publisher; on leaving, it says farewell to the broker.

    Args:
        options: The broker, as ingest knows it; the connection has a client id of its own.
    """
    publisher = Publisher(options.for_publishing())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(publisher.run)
        try:
            yield publisher
        finally:
            publisher.disconnect()
