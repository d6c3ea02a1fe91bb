"""Publishes with confirmation, over connections of its own.

Its own, as the client that ingests stops reading under pressure and when it stops: the broker's
answers to what we publish would wait unread. It must not know why something is published.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Final

import attrs
import mqtt5
import structlog
import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.connection import Connection
from pulse_router.mqtt.events import Confirmed, Ended, EndedBy, Event, Opened
from pulse_router.mqtt.frames import FIRST_FAILURE
from pulse_router.mqtt.in_flight import InFlight
from pulse_router.mqtt.line import Line, OpenStream
from pulse_router.mqtt.options import ClientOptions
from pulse_router.mqtt.outgoing import OutgoingMessage
from pulse_router.mqtt.refusals import Refusals
from pulse_router.mqtt.transport import open_transport

SILENCE_SECONDS: Final = 5.0
"""How long the broker may answer none of the messages in flight before the connection is left."""
CAREFUL_SECONDS: Final = 60.0
"""How long messages go one by one after one of them has cost us the connection."""
AFTERMATH_SECONDS: Final = 1.0
"""A connection that is lost so soon after a refusal is lost for it."""

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
"""What a broker may end the connection with, in place of an answer to a message."""

_log = structlog.get_logger()


@attrs.define(eq=False)
class _Link:
    """A connection that the broker has accepted, and what it has refused last."""

    connection: Connection
    in_flight: InFlight
    is_careful: bool
    refused: tuple[OutgoingMessage, Confirmed, float] | None = None


class Publisher:
    """Publishes messages over one connection.

    It connects when the first message is to be published, and again whenever the line is lost. When
    the broker has cut it for a message, the others must not pay for the next such one: for a while
    they go one by one, and what was refused is refused here.

    Args:
        options: Which broker, and who we are there.
        open_stream: Connects to the broker; raises `Unavailable`.
        jitter: Gives random numbers from 0 up to 1.
    """

    def __init__(
        self,
        options: ClientOptions,
        *,
        open_stream: OpenStream = open_transport,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._line = Line(
            options,
            on_event=self._take_event,
            on_end=self._unlink,
            open_stream=open_stream,
            jitter=jitter,
        )
        self._problem: str | None = None
        self._link: _Link | None = None
        self._linked = trio.Event()
        self._careful_until = trio.current_time()
        self._refusals = Refusals()
        self._wanted = trio.Event()

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
        if (refusal := self._refusals.answer_to(message, trio.current_time())) is not None:
            return refusal
        self._wanted.set()
        with trio.move_on_after(timeout_seconds):
            return await self._publish(message)
        raise Unavailable(self._overdue(timeout_seconds))

    async def run(self) -> None:
        """Connect when it is wanted, and connect again; return after `disconnect`."""
        await self._wanted.wait()
        await self._line.run()

    def disconnect(self) -> None:
        """Ask for the end: what is queued is sent, then DISCONNECT; then `run` returns."""
        self._wanted.set()
        self._linked.set()
        self._line.disconnect()

    # ---- publishing

    async def _wait_for_link(self) -> _Link:
        while self._link is None:
            if self._line.is_stopped:
                raise Unavailable("the router is stopping")
            await self._linked.wait()
        return self._link

    async def _publish(self, message: OutgoingMessage) -> Confirmed:
        link = await self._wait_for_link()
        if message.qos:
            while not await link.in_flight.take_place():
                link = await self._wait_for_link()  # what has not been sent loses nothing
            return await link.in_flight.send(message, link.connection.publish)
        link.connection.publish(message)
        with trio.move_on_after(SILENCE_SECONDS):
            if not await link.connection.flush():
                raise Unavailable(f"the connection to the MQTT broker at {self._address} is lost")
            return Confirmed(0, int(mqtt5.PubAckReasonCode.SUCCESS))
        # It would stay in memory, with each one after it, and go out late.
        problem = f"the MQTT broker at {self._address} does not take messages any more"
        self._leave(link, problem)
        raise Unavailable(problem)

    def _overdue(self, timeout_seconds: float) -> str:
        """Say what a message has waited for in vain; leave a connection that is of no use."""
        if (link := self._link) is None:
            return self._problem or (
                f"no connection to the MQTT broker at {self._address} within {timeout_seconds:g} s"
            )
        if link.in_flight.silent_seconds >= SILENCE_SECONDS:
            self._leave(
                link, f"the MQTT broker at {self._address} does not confirm messages any more"
            )
        return f"the MQTT broker at {self._address} has not confirmed it in {timeout_seconds:g} s"

    @property
    def _address(self) -> str:
        return self._line.options.address

    # ---- the connection

    def _take_event(self, event: Event) -> None:
        match event:
            case Opened() if (connection := self._line.connection) is not None:
                is_careful = trio.current_time() < self._careful_until
                in_flight = InFlight(1 if is_careful else event.receive_maximum)
                self._link = _Link(connection, in_flight, is_careful)
                self._line.works_since = trio.current_time()
                self._linked.set()
                self._report(None)
            case Confirmed() if self._link is not None:
                self._confirmed(event, self._link)
            case Ended(by=EndedBy.SERVER) if self._link is not None:
                self._ended(event, self._link)

    def _confirmed(self, confirmed: Confirmed, link: _Link) -> None:
        message = link.in_flight.confirm(confirmed)
        if confirmed.code >= FIRST_FAILURE:
            link.refused = (message, confirmed, trio.current_time())
            if link.is_careful:
                # The broker is about to cut it: whoever is next must not begin on it.
                problem = (
                    f"the MQTT broker at {self._address} refuses messages, and cuts the line for "
                    "each; the dead letters say which"
                )
                self._leave(link, problem)

    def _ended(self, ended: Ended, link: _Link) -> None:
        """Find the message that the broker has ended the connection for, if it says so.

        When it was one of several, they go one by one for a while, and it shows itself.
        """
        if ended.code in _BLAMES_A_MESSAGE and link.in_flight:
            self._careful_until = trio.current_time() + CAREFUL_SECONDS
            if (packet_id := link.in_flight.only_packet_id) is not None:
                self._confirmed(Confirmed(packet_id, ended.code, ended.detail), link)

    def _leave(self, link: _Link, problem: str) -> None:
        link.connection.abandon(problem)
        if link is self._link:
            self._unlink(problem)

    def _unlink(self, problem: str | None) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.in_flight.lose(problem or "the router is stopping")
            if not self._line.is_stopped:
                self._linked = trio.Event()
            self._learn_from(link)
        if problem is not None:
            self._report(problem)

    def _learn_from(self, link: _Link) -> None:
        """Remember what the connection was lost for, if that was a refusal."""
        if link.refused is None:
            return
        message, answer, at = link.refused
        now = trio.current_time()
        if now - at <= AFTERMATH_SECONDS:
            self._refusals.add(message, answer, now)
            self._careful_until = now + CAREFUL_SECONDS
            self._line.works_since = -math.inf  # the line itself was good: no need to wait for long

    def _report(self, problem: str | None) -> None:
        if problem == self._problem:
            return
        self._problem = problem
        if problem is None:
            _log.info("messages can be republished again")
        else:
            _log.warning("messages cannot be republished for now", problem=problem)
