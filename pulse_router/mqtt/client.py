"""The MQTT client: keeps one connection to the broker, for as long as it is wanted.

It must not know what the messages mean.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import attrs
import structlog
import trio

from pulse_router.domain.sessions import EarlierSession
from pulse_router.mqtt.arrivals import Arrival
from pulse_router.mqtt.broker_drops import BrokerDrops
from pulse_router.mqtt.events import (
    AnsweredDrops,
    Event,
    Opened,
    Subscribed,
    ToldDrops,
    Unsubscribed,
)
from pulse_router.mqtt.inbox import Inbox
from pulse_router.mqtt.line import Line, OpenStream
from pulse_router.mqtt.losses import Absence, shorter_session
from pulse_router.mqtt.options import ClientOptions
from pulse_router.mqtt.resumption import Resumption
from pulse_router.mqtt.transport import open_transport

_log = structlog.get_logger()


class Client:
    """Brings what the broker sends into a channel, and reconnects by itself.

    Args:
        options: Which broker, which topics, which bounds.
        arrivals: Where arrivals go; closed when no more will come.
        on_state: Told None once connected and subscribed, and otherwise the problem in a sentence
            that names the broker and the remedy; only when that changes.
        open_stream: Connects to the broker; raises `Unavailable`.
        jitter: Gives random numbers from 0 up to 1.
        unix_time: The time in Unix seconds, across restarts.

    Attributes:
        connects: How many times the broker has accepted a connection.
        sessions_lost: How many times it had no session for us, though it had granted one before.
        settled: Set once the session holds the filters of `options` and no others.
    """

    def __init__(
        self,
        options: ClientOptions,
        arrivals: trio.MemorySendChannel[Arrival],
        *,
        on_state: Callable[[str | None], None],
        open_stream: OpenStream = open_transport,
        jitter: Callable[[], float] = random.random,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        self.connects = 0
        self.sessions_lost = 0
        self.settled = trio.Event()
        self._options = options
        self._inbox = Inbox(
            arrivals,
            max_messages_in_hand=options.receive_maximum,
            max_bytes_in_hand=options.max_bytes_in_hand,
            patience_seconds=options.patience_seconds,
        )
        self._on_state = on_state
        self._state: str | None = "not connected yet"
        self._resumption = Resumption(options, open_stream)
        self._line = Line(
            options,
            on_event=self._take_event,
            on_end=self._ended,
            open_stream=open_stream,
            jitter=jitter,
            inbox=self._inbox,
            prepare=self._resumption.options_for_next,
        )
        self._unix_time = unix_time
        self._earlier = EarlierSession()
        self._expiry_seconds: int | None = None
        self._begun = trio.Event()
        self._messages_before = 0
        self._estimates: list[int] = []
        self._drops = BrokerDrops()
        self._unless_disconnected = trio.CancelScope()

    @property
    def messages(self) -> int:
        """How many messages have been taken."""
        return self._inbox.messages

    @property
    def bytes(self) -> int:
        """How many bytes have arrived, with what was dropped."""
        return self._inbox.bytes

    @property
    def dropped(self) -> int:
        """How many more messages, all QoS 0, were dropped under pressure."""
        return self._inbox.dropped

    @property
    def estimated_lost(self) -> int | None:
        """About how many messages went with lost sessions; None where nobody can tell of any."""
        return sum(self._estimates) if self._estimates or not self.sessions_lost else None

    @property
    def broker_dropped(self) -> int | None:
        """How many messages the broker has dropped since we connected; None where it tells not."""
        return self._drops.risen

    @property
    def acknowledged(self) -> int:
        """How many of the messages have been acknowledged."""
        return self._inbox.messages - self._inbox.messages_in_hand

    @property
    def messages_in_hand(self) -> int:
        """How many of the messages are not acknowledged yet."""
        return self._inbox.messages_in_hand

    @property
    def bytes_in_hand(self) -> int:
        """How many bytes those took."""
        return self._inbox.bytes_in_hand

    def remember(self, earlier: EarlierSession) -> None:
        """Tell what earlier runs left behind, before `run`.

        Filters that are no longer wanted are unsubscribed, and a session that is gone is a loss.
        """
        self._earlier = earlier
        self._options = attrs.evolve(self._options, former_topics=earlier.filters)
        self._line.options = self._options

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Connect, and connect again; return after `disconnect`.

        It also returns when the connection ends after `stop_reading`. Troubles of the network
        never leave it. When it is cancelled, the connection is cut.
        """
        task_status.started()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._hand_over)
            await self._line.run()
            self._inbox.close()

    async def new_session(self) -> None:
        """Wait until the broker has begun a session, one that nobody has waited for yet."""
        await self._begun.wait()
        self._begun = trio.Event()

    def stop_reading(self) -> None:
        """Take no more messages, but stay connected and go on acknowledging.

        What has been read is still handed over; then the channel is closed.
        """
        self._line.stop_reading()

    def disconnect(self) -> None:
        """Ask for the end: queued acknowledgements are sent, then DISCONNECT; then `run` returns.

        An arrival that nobody has taken yet is dropped; the broker sends it again.
        """
        self._unless_disconnected.cancel()
        self._line.disconnect()

    async def _hand_over(self) -> None:
        with self._unless_disconnected:
            await self._inbox.run()

    def _ended(self, problem: str | None) -> None:
        self._drops.ended()
        if self._options.asks_for_drops and not self._drops.may_be_asked:
            self._options = self._line.options = attrs.evolve(self._options, asks_for_drops=False)
        self._note_absence()
        if problem is not None:
            self._report(self._resumption.ended(problem))

    def _note_absence(self) -> None:
        """Remember what is needed to tell, at the next connection, what a lost session costs."""
        if self._line.works_since is None:
            return
        connected_seconds = max(1.0, self._line.worked_seconds)
        self._earlier = EarlierSession(
            was_granted=True,
            last_message_at=self._unix_time(),
            messages_per_second=(self.messages - self._messages_before) / connected_seconds,
            over_seconds=connected_seconds,
        )

    def _take_event(self, event: Event) -> None:
        self._resumption.take_event(event)
        match event:
            case Opened():
                self._opened(event)
            case Subscribed():
                self._subscribed(event)
            case Unsubscribed():
                self._settled(event)
            case AnsweredDrops():
                self._drops.answered()
            case ToldDrops():
                self._drops.told(event.total)

    def _opened(self, opened: Opened) -> None:
        self.connects += 1
        self._messages_before = self.messages
        asked_seconds, expired_after = self._options.session_expiry_seconds, self._expiry_seconds
        granted = opened.session_expiry_seconds
        self._expiry_seconds = asked_seconds if granted is None else granted
        if self._expiry_seconds < asked_seconds and self._expiry_seconds != expired_after:
            _log.warning(shorter_session(self._expiry_seconds, asked_seconds))
        if opened.session_present:
            return
        self._begun.set()
        earlier = self._earlier
        if not earlier.was_granted or asked_seconds == 0:
            return
        self.sessions_lost += 1
        last = earlier.last_message_at
        absence = Absence(
            seconds=None if last is None else max(0.0, self._unix_time() - last),
            messages_per_second=earlier.messages_per_second,
            over_seconds=earlier.over_seconds,
            expiry_seconds=self._expiry_seconds if expired_after is None else expired_after,
            asked_seconds=asked_seconds,
            given_up=self._resumption.is_given_up,
        )
        if absence.estimate is not None:
            self._estimates.append(absence.estimate)
        # What is in hand is not lost: it is stored, though the broker knows nothing of it now.
        _log.warning(absence.sentence, in_hand=self.messages_in_hand)

    def _subscribed(self, subscribed: Subscribed) -> None:
        self._line.works_since = trio.current_time()
        if self._options.asks_for_drops:
            self._drops.asked()
        for topic_filter in subscribed.unprotected:
            _log.warning(
                "the broker grants QoS 0 only: messages can be lost on the way, and are not kept "
                "while we are away; let it grant QoS 1",
                topic_filter=topic_filter,
            )
        self._report(None)

    def _settled(self, unsubscribed: Unsubscribed) -> None:
        for topic_filter in unsubscribed.kept:
            _log.warning(
                "the broker does not give up a subscription that is no longer wanted; see its "
                "access list",
                topic_filter=topic_filter,
            )
        if not unsubscribed.kept:
            self.settled.set()

    def _report(self, state: str | None) -> None:
        if state != self._state:
            self._state = state
            self._on_state(state)
