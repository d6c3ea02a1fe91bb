"""What one read of the socket brought, and who is told when it is dealt with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pulse_router.mqtt.unreadable import Publication


class Holder(Protocol):
    """Who keeps account of what is in hand."""

    def release(self, number: int, messages: int, size: int) -> None:
        """Note that an arrival is acknowledged, and free what it held."""
        ...


class Acknowledger(Protocol):
    """The connection that brought an arrival."""

    @property
    def written(self) -> int:
        """The last arrival whose acknowledgements it has sent or is about to send."""
        ...

    @property
    def known(self) -> int:
        """The last arrival that the broker is known to know as acknowledged."""
        ...

    def acknowledge(self, publications: Sequence[Publication], number: int) -> None:
        """Acknowledge an arrival's messages, if the connection still lives; never waits."""
        ...


class Arrival:
    """What one read of the socket brought, in order of arrival.

    Attributes:
        publications: The messages; none when this only tells that some were dropped.
        received_at: When they were read, in Unix seconds.
        new_connection: Whether this is the first arrival of its connection.
        new_session: Whether this is the first arrival of a session that the broker did not have
            before. Packet ids seen in earlier sessions mean nothing from here on.
        number: Counts arrivals, from 1.
        known: The last arrival of this connection that the broker knew as acknowledged before.
        written: The last one whose acknowledgements were sent or queued before.
        known_before: The same of the connection before, at its end; 0 without one.
        written_before: The last arrival of that one whose acknowledgements were sent or queued.
        dropped: How many QoS 0 messages were dropped since the arrival before.
    """

    __slots__ = (
        "_answered",
        "_connection",
        "_inbox",
        "_size",
        "dropped",
        "known",
        "known_before",
        "new_connection",
        "new_session",
        "number",
        "publications",
        "received_at",
        "written",
        "written_before",
    )

    def __init__(
        self,
        publications: Sequence[Publication],
        *,
        received_at: float,
        new_session: bool,
        number: int,
        size: int,
        inbox: Holder,
        connection: Acknowledger,
        before: Acknowledger | None,
    ) -> None:
        self.publications = publications
        self.received_at = received_at
        self.new_connection = connection is not before
        self.new_session = new_session
        self.number = number
        self.known = connection.known
        self.written = connection.written
        self.known_before = 0 if before is None else before.known
        self.written_before = 0 if before is None else before.written
        self.dropped = 0
        self._answered: set[int] = set()
        self._size = size
        self._inbox = inbox
        self._connection = connection

    def acknowledge(self) -> None:
        """Acknowledge all of them to the broker, and free what they hold of the budget.

        Does not wait. When the connection that brought them is gone, only the budget is freed.

        Raises:
            RuntimeError: Called twice, or not in the order of arrival (a bug of the caller).
        """
        self._inbox.release(self.number, len(self.publications), self._size)
        publications = self.publications
        if self._answered:
            publications = [one for one in publications if id(one) not in self._answered]
        self._connection.acknowledge(publications, self.number)

    def acknowledge_not(self, publication: object) -> None:
        """Leave a message out, for its acknowledgement is under way or on the line already."""
        self._answered.add(id(publication))
