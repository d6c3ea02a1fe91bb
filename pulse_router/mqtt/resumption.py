"""Whether the broker can resume our session at all, and what is done when it cannot.

Some brokers close each connection that resumes a session with which something is wrong, such as
one that they have stored wrongly before a crash, and would do so for ever. It must not know what
the messages mean.
"""

from __future__ import annotations

from typing import Final

import attrs
import mqtt5
import structlog
import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.connection import Connection
from pulse_router.mqtt.events import Ended, EndedBy, Event, Opened, Subscribed
from pulse_router.mqtt.line import OpenStream
from pulse_router.mqtt.options import ClientOptions

CLOSINGS: Final = 10
"""So many in a row are no accident."""
STEADY_SECONDS: Final = 2.0
"""A connection that lasts for so long is served."""

_Code: Final = mqtt5.DisconnectReasonCode
_NO_REASONS: Final = frozenset(
    int(code)
    for code in (
        _Code.UNSPECIFIED_ERROR,
        _Code.MALFORMED_PACKET,
        _Code.PROTOCOL_ERROR,
        _Code.IMPLEMENTATION_SPECIFIC_ERROR,
    )
)
"""What a broker ends a connection with that does not say that the session is not at fault."""

_log = structlog.get_logger()


class Resumption:
    """Counts the connections that end as soon as they have resumed our session.

    While that goes on nothing is ingested, and what is published is queued behind what the broker
    cannot send. So in the end the session is given up, with all that it holds: but only when the
    broker serves somebody else at that time, so that the session is what is wrong.

    Args:
        options: The client's; `resume_patience_seconds` says for how long it is tried.
        open_stream: Connects to the broker.
    """

    def __init__(self, options: ClientOptions, open_stream: OpenStream) -> None:
        self._probe = options.for_publishing("probe")
        self._patience_seconds = options.resume_patience_seconds
        self._open_stream = open_stream
        self._is_resuming = False
        self._closings = 0
        self._since = 0.0

    @property
    def is_given_up(self) -> bool:
        """Whether it has been tried for long enough."""
        return (
            0 < self._patience_seconds <= trio.current_time() - self._since
            and self._closings >= CLOSINGS
        )

    def take_event(self, event: Event) -> None:
        """Hear what happens on a connection."""
        match event:
            case Opened():
                self._is_resuming = event.session_present
            case Subscribed():
                self._is_resuming = False
                self._closings = 0
            case Ended(by=EndedBy.SUBSCRIPTION_REFUSED):
                self._is_resuming = False
            case Ended(by=EndedBy.SERVER) if event.code not in _NO_REASONS:
                self._is_resuming = False

    def ended(self, problem: str) -> str:
        """Hear why a connection has ended; give that back, or what is seen over many of them."""
        if self._is_resuming:
            self._is_resuming = False
            self._closings += 1
            if self._closings == 1:
                self._since = trio.current_time()
        if self._closings < CLOSINGS:
            return problem
        if self._patience_seconds:
            end = f"after {self._patience_seconds:g} s it is given up, with what is held for us"
        else:
            end = "mqtt.resume_patience_seconds could have it given up"
        return (
            f"the MQTT broker at {self._probe.address} closes each connection that resumes our "
            f"session; see its log; {end}"
        )

    async def options_for_next(self, options: ClientOptions) -> ClientOptions:
        """Say with what the next connection is to be made.

        Args:
            options: Those that resume the session.
        """
        if not self.is_given_up or not await self._serves_others():
            return options
        _log.warning(
            "the session at the broker is given up, with what is held for us",
            closed_in_a_row=self._closings,
            seconds=round(trio.current_time() - self._since),
        )
        return attrs.evolve(options, clean_start=True)

    async def _serves_others(self) -> bool:
        try:
            stream = await self._open_stream(self._probe)
        except Unavailable:
            return False
        opened = trio.Event()

        def take_event(event: Event) -> None:
            if isinstance(event, Opened):
                opened.set()

        connection = Connection(stream, self._probe, on_event=take_event)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_leave_once_steady, connection, opened)
            problem = await connection.run()
            nursery.cancel_scope.cancel()
        return problem is None


async def _leave_once_steady(connection: Connection, opened: trio.Event) -> None:
    await opened.wait()
    await trio.sleep(STEADY_SECONDS)
    connection.disconnect()
