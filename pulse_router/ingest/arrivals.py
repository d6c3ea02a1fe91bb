"""What the source of messages brings: the port of whoever reads them from a broker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Publication(Protocol):
    """A PUBLISH as the broker sent it (MQTT 5.0, section 3.3)."""

    @property
    def topic(self) -> str:
        """The topic name."""
        ...

    @property
    def payload(self) -> bytes:
        """The application message."""
        ...

    @property
    def packet_id(self) -> int | None:
        """The packet identifier; None at QoS 0."""
        ...

    @property
    def duplicate(self) -> bool:
        """The DUP flag: the broker may have sent this message before."""
        ...

    @property
    def retain(self) -> bool:
        """The RETAIN flag."""
        ...

    @property
    def user_properties(self) -> list[tuple[str, str]]:
        """The user properties, in order."""
        ...


class Arrival(Protocol):
    """What one read of the socket brought, in order of arrival."""

    @property
    def publications(self) -> Sequence[Publication]:
        """The messages; none when this only tells that some were dropped."""
        ...

    @property
    def received_at(self) -> float:
        """When they were read, in Unix seconds."""
        ...

    @property
    def new_connection(self) -> bool:
        """Whether this is the first of its connection: what was read before may come again."""
        ...

    @property
    def new_session(self) -> bool:
        """Whether this is also the first arrival of a session that the broker did not have before.

        Packet ids seen in earlier sessions mean nothing from here on.
        """
        ...

    @property
    def number(self) -> int:
        """Counts the arrivals of all connections, from 1."""
        ...

    @property
    def known(self) -> int:
        """The last arrival of this connection that the broker knew as acknowledged before.

        It had answered something that was sent after the acknowledgements, when this was read.
        """
        ...

    @property
    def written(self) -> int:
        """The last arrival of this connection whose acknowledgements were sent or queued before."""
        ...

    @property
    def known_before(self) -> int:
        """The same of the connection before, at its end; of use when the connection is new."""
        ...

    @property
    def written_before(self) -> int:
        """The last arrival of the connection before whose acknowledgements were sent or queued."""
        ...

    @property
    def dropped(self) -> int:
        """How many QoS 0 messages were dropped under pressure since the arrival before."""
        ...

    def acknowledge(self) -> None:
        """Acknowledge all of them to the broker, and free what they hold of the budget.

        Called once, in the order of arrival, when their transaction has committed. Does not
        wait. When the connection that brought them is gone, only the budget is freed.
        """
        ...

    def acknowledge_not(self, publication: Publication) -> None:
        """Leave a message out, for its acknowledgement is under way or on the line already."""
        ...
