"""What has arrived and is not acknowledged yet: handed over in order, bounded in number and bytes.

Outlives connections. It must not know packets beyond PUBLISH, nor sockets.

Pressure goes to the broker first: when the consumer does not keep up, reading pauses. When that
lasts, reading goes on, so that a broker that has died is noticed and one that lives need not hold a
flood in its memory: QoS 0 messages are then dropped and counted, and QoS 1, which the Receive
Maximum bounds, takes up the rest of the budget.

When that is used up too, reading stands still: a QoS 1 message can neither be dropped nor be given
back, so what memory has no room for must stay with the broker. Then nothing is noticed of the
broker either, so this must happen only when memory is really used up. One read may bring hundreds
of messages, a broken line brings what is in hand once more, and some brokers send more than the
Receive Maximum: none of that is held against a small one, for the last bound is that of the bytes.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

import trio

from pulse_router.mqtt.arrivals import Acknowledger, Arrival
from pulse_router.mqtt.unreadable import Publication

FULL_SHARE: Final = 0.75
"""At what part of the byte budget the inbox is full; the rest is for QoS 1 in lasting pressure."""
FULL_OF_EACH: Final = 2
"""How many times the messages of a full inbox have room: at QoS 0, and at QoS 1 after it."""
EXTRA_MESSAGE_BYTES: Final = 1024
"""For each so many bytes of the budget one message more has room. The smallest one occupies 400
bytes where the budget counts 30, so that bytes alone would not bound memory."""
_HEADER_BYTES: Final = 16


class Inbox:
    """Hands arrivals over, and knows how much of them is in hand.

    Args:
        arrivals: Where they go; closed at the end of `run`.
        max_messages_in_hand: The number of messages at which the inbox is full.
        max_bytes_in_hand: How many bytes are taken at the most, but for the last read; and what
            else bounds the messages in lasting pressure.
        patience_seconds: How long a full inbox keeps the reader waiting.
        clock: The time in Unix seconds.

    Attributes:
        messages: How many messages have been taken.
        bytes: How many bytes have arrived, with what was dropped.
        dropped: How many more messages, all QoS 0, were dropped.
        messages_in_hand: How many of the messages are not acknowledged yet.
        bytes_in_hand: How many bytes those took.
    """

    def __init__(
        self,
        arrivals: trio.MemorySendChannel[Arrival],
        *,
        max_messages_in_hand: int,
        max_bytes_in_hand: int,
        patience_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.messages = 0
        self.bytes = 0
        self.dropped = 0
        self.messages_in_hand = 0
        self.bytes_in_hand = 0
        self._arrivals = arrivals
        self._max_messages = max_messages_in_hand
        self._max_bytes = max_bytes_in_hand
        self._most_messages = (
            max_messages_in_hand * FULL_OF_EACH + max_bytes_in_hand // EXTRA_MESSAGE_BYTES
        )
        self._patience_seconds = patience_seconds
        self._clock = clock
        self._connection: Acknowledger | None = None
        self._new_session = False
        self._taken = 0
        self._acknowledged = 0
        # The first of them is being sent.
        self._waiting: deque[Arrival] = deque()
        self._news = trio.Event()
        self._room = trio.Event()
        self._full_since: float | None = None
        self._closing = False
        self._closed = False

    async def run(self) -> None:
        """Hand over what has to wait for the receiver; return after `close`.

        It goes on between connections: QoS 0 messages do not come again. At its end, cancelled or
        not, the receiver is told that nothing more comes.
        """
        try:
            with self._arrivals:
                while self._waiting or not self._closing:
                    if self._waiting:
                        await self._arrivals.send(self._waiting[0])
                        self._waiting.popleft()
                        self._note_room()
                    else:
                        self._news = trio.Event()
                        await self._news.wait()
        finally:
            self._closed = True

    def close(self) -> None:
        """Have `run` return once all is handed over; calling it again does nothing."""
        self._closing = True
        self._news.set()

    @property
    def is_full(self) -> bool:
        """Whether reading must pause, at least for a while."""
        return bool(self._waiting) or self._is_spent

    @property
    def _is_spent(self) -> bool:
        """Whether QoS 0 messages are taken no more."""
        return (
            self.messages_in_hand >= self._max_messages
            or self.bytes_in_hand >= self._max_bytes * FULL_SHARE
        )

    @property
    def _is_overfull(self) -> bool:
        """Whether memory is used up, so that nothing can be taken any more."""
        return self.messages_in_hand >= self._most_messages or self.bytes_in_hand >= self._max_bytes

    async def wait_for_room(self) -> None:
        """Wait until the inbox is no longer full, or has been for long and can take QoS 1 still."""
        while self.is_full:
            if self._full_since is None:
                self._full_since = trio.current_time()
            reads_on_at = self._full_since + self._patience_seconds
            if self._is_overfull:
                reads_on_at = math.inf
            if trio.current_time() >= reads_on_at:
                return
            self._room = trio.Event()
            with trio.move_on_at(reads_on_at):
                await self._room.wait()

    def session_is_new(self) -> None:
        """Note that the next arrival is the first one of a new session."""
        self._new_session = True

    def take(
        self, publications: Sequence[Publication], size: int, connection: Acknowledger
    ) -> None:
        """Hand messages over, or drop QoS 0 ones where there is no room; never waits.

        Args:
            publications: The messages; at least one.
            size: How many bytes they took on the wire.
            connection: Where they are to be acknowledged.
        """
        if self._closed:
            return  # we are leaving; the broker sends them again
        self.bytes += size
        dropped = 0
        if self._is_spent:
            kept = [one for one in publications if one.packet_id is not None]
            if dropped := len(publications) - len(kept):
                self.dropped += dropped
                publications = kept
                size = sum(_HEADER_BYTES + len(one.topic) + len(one.payload) for one in kept)
                # The first one may be with the receiver already.
                if not kept and len(self._waiting) > 1:
                    self._waiting[-1].dropped += dropped
                    return
        self.messages += len(publications)
        self.messages_in_hand += len(publications)
        self.bytes_in_hand += size
        self._taken += 1
        arrival = Arrival(
            publications,
            received_at=self._clock(),
            new_session=self._new_session,
            number=self._taken,
            size=size,
            inbox=self,
            connection=connection,
            before=self._connection,
        )
        arrival.dropped = dropped
        self._connection = connection
        self._new_session = False
        self._hand_over(arrival)

    def release(self, number: int, messages: int, size: int) -> None:
        """Free what an acknowledged arrival held.

        Raises:
            RuntimeError: It is not its turn.
        """
        if number != self._acknowledged + 1:
            raise RuntimeError(
                f"arrival {number} was acknowledged after arrival {self._acknowledged}; "
                "each must be acknowledged once, in the order of arrival"
            )
        self._acknowledged = number
        self.messages_in_hand -= messages
        self.bytes_in_hand -= size
        self._note_room()

    def _hand_over(self, arrival: Arrival) -> None:
        if not self._waiting:
            try:
                self._arrivals.send_nowait(arrival)
            except trio.WouldBlock:
                pass
            else:
                return
        self._waiting.append(arrival)
        self._news.set()

    def _note_room(self) -> None:
        if not self.is_full:
            self._full_since = None
        self._room.set()
