"""What has arrived and is not acknowledged yet: handed over in order, and bounded in bytes.

Outlives connections. It must not know packets beyond PUBLISH, nor sockets.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Protocol

import mqtt5
import trio


class Acknowledger(Protocol):
    """The connection that brought an arrival."""

    def acknowledge(self, publications: Sequence[mqtt5.PublishPacket]) -> None:
        """Acknowledge messages to the broker, if the connection still lives; never waits."""
        ...


class Arrival:
    """What one read of the socket brought, in order of arrival.

    Attributes:
        publications: The messages; at least one.
        received_at: When they were read, in Unix seconds.
        new_session: Whether this is the first arrival of a session that the broker did not have
            before. Packet ids seen in earlier sessions mean nothing from here on.
        dropped: How many QoS 0 messages were dropped since the arrival before.
    """

    __slots__ = (
        "_connection",
        "_inbox",
        "_number",
        "_size",
        "dropped",
        "new_session",
        "publications",
        "received_at",
    )

    def __init__(
        self,
        publications: Sequence[mqtt5.PublishPacket],
        *,
        received_at: float,
        new_session: bool,
        number: int,
        size: int,
        inbox: Inbox,
        connection: Acknowledger,
    ) -> None:
        self.publications = publications
        self.received_at = received_at
        self.new_session = new_session
        self.dropped = 0
        self._number = number
        self._size = size
        self._inbox = inbox
        self._connection = connection

    def acknowledge(self) -> None:
        """Acknowledge all of them to the broker, and free what they hold of the budget.

        Does not wait. When the connection that brought them is gone, only the budget is freed.

        Raises:
            RuntimeError: Called twice, or not in the order of arrival (a bug of the caller).
        """
        self._inbox.release(self._number, len(self.publications), self._size)
        self._connection.acknowledge(self.publications)


class Inbox:
    """Hands arrivals over, and knows how much of them is in hand.

    Args:
        arrivals: Where they go; closed on leaving the `with`.
        max_messages_in_hand: The number of messages at which the inbox is full; some brokers send
            more than the Receive Maximum allows.
        max_bytes_in_hand: The size at which it is full.
        clock: The time in Unix seconds.

    Attributes:
        messages: How many messages have arrived.
        bytes: How many bytes they took on the wire.
        messages_in_hand: How many of the messages are not acknowledged yet.
        bytes_in_hand: How many bytes those took.
    """

    def __init__(
        self,
        arrivals: trio.MemorySendChannel[Arrival],
        *,
        max_messages_in_hand: int,
        max_bytes_in_hand: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.messages = 0
        self.bytes = 0
        self.messages_in_hand = 0
        self.bytes_in_hand = 0
        self._arrivals = arrivals
        self._max_messages_in_hand = max_messages_in_hand
        self._max_bytes_in_hand = max_bytes_in_hand
        self._clock = clock
        self._new_session = False
        self._taken = 0
        self._acknowledged = 0
        self._undelivered: Arrival | None = None
        self._room = trio.Event()

    def __enter__(self) -> None:
        """Begin to hand over."""

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        """Tell the receiver that nothing more comes."""
        self.close()

    @property
    def is_full(self) -> bool:
        """Whether reading must pause."""
        return (
            self.bytes_in_hand >= self._max_bytes_in_hand
            or self.messages_in_hand >= self._max_messages_in_hand
        )

    async def wait_for_room(self) -> None:
        """Wait until the inbox is no longer full."""
        while self.is_full:
            self._room = trio.Event()
            await self._room.wait()

    def session_is_new(self) -> None:
        """Note that the next arrival is the first one of a new session."""
        self._new_session = True

    async def take(
        self, publications: Sequence[mqtt5.PublishPacket], size: int, connection: Acknowledger
    ) -> None:
        """Hand messages over; waits while the channel is full.

        When it is cancelled, nothing is lost: see `deliver`.

        Args:
            publications: The messages; at least one.
            size: How many bytes they took on the wire.
            connection: Where they are to be acknowledged.
        """
        self.messages += len(publications)
        self.bytes += size
        self.messages_in_hand += len(publications)
        self.bytes_in_hand += size
        self._taken += 1
        self._undelivered = Arrival(
            publications,
            received_at=self._clock(),
            new_session=self._new_session,
            number=self._taken,
            size=size,
            inbox=self,
            connection=connection,
        )
        self._new_session = False
        await self.deliver()

    async def deliver(self) -> None:
        """Hand over what a lost connection left in hand: QoS 0 messages do not come again."""
        if self._undelivered is not None:
            await self._arrivals.send(self._undelivered)
            self._undelivered = None

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
        self._room.set()

    def close(self) -> None:
        """Tell the receiver that nothing more comes; calling it again does nothing."""
        self._arrivals.close()
