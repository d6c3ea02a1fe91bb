"""A broker's side of a persistent session, with its habit of giving packet ids. No I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence

import attrs

PACKET_IDS = 65_535
_PUBLISH = 0x30
_QOS_1 = 0x02
_DUP = 0x08


@attrs.frozen
class Letter:
    """A message that a device has published.

    Attributes:
        number: Which one it is; the router is not told.
        topic: As bytes, for it need be no text.
        rest: What follows the packet id: properties and payload.
    """

    number: int
    topic: bytes
    rest: bytes

    def write(self, packet_id: int, *, duplicate: bool) -> bytes:
        """Write it as a PUBLISH at QoS 1; by hand, for a codec writes nothing that is wrong."""
        body = len(self.topic).to_bytes(2, "big") + self.topic + packet_id.to_bytes(2, "big")
        body += self.rest
        left, length = len(body), bytearray()
        while left or not length:
            left, low = left >> 7, left & 0x7F
            length.append(low | (0x80 if left else 0))
        return bytes([_PUBLISH | _QOS_1 | (_DUP if duplicate else 0)]) + bytes(length) + body


@attrs.define
class LowestIds:
    """Gives the lowest id that is free, as HiveMQ CE does."""

    def take(self, held: Collection[int]) -> int:
        """Give an id that none of these have."""
        return next(one for one in range(1, PACKET_IDS + 1) if one not in held)

    def free(self, packet_id: int) -> None:
        """Note that an id is free again."""

    def use_up(self, count: int) -> None:
        """Give ids to messages that are dropped before they are sent."""


PacketIds = LowestIds
"""Any habit of giving packet ids."""


@attrs.define
class ClimbingIds(LowestIds):
    """Counts up to 65,535, as mosquitto, EMQX and RabbitMQ do."""

    last: int = 0

    def take(self, held: Collection[int]) -> int:
        """Give an id that none of these have."""
        while True:
            self.last = self.last % PACKET_IDS + 1
            if self.last not in held:
                return self.last

    def use_up(self, count: int) -> None:
        """Give ids to messages that are dropped before they are sent."""
        self.last = (self.last + count - 1) % PACKET_IDS + 1


@attrs.define
class LastFreedIds(LowestIds):
    """Gives the one again that has become free last."""

    freed: list[int] = attrs.field(factory=list)

    def take(self, held: Collection[int]) -> int:
        """Give an id that none of these have."""
        return self.freed.pop() if self.freed else len(held) + 1

    def free(self, packet_id: int) -> None:
        """Note that an id is free again."""
        self.freed.append(packet_id)


@attrs.define(eq=False)
class BrokerSession:
    """What a broker keeps for a client, and sends it.

    Attributes:
        ids: Gives packet ids.
        send: Puts a packet on the line; None while there is none.
        receive_maximum: How many messages may be unacknowledged.
        filters: What the client has subscribed to.
        held: What was given an id and is not acknowledged, in order.
        waiting: What was given none yet.
        heard: How many acknowledgements have been read.
    """

    ids: PacketIds
    send: Callable[[bytes], None] | None = None
    receive_maximum: int = PACKET_IDS
    filters: list[str] = attrs.field(factory=list)
    held: dict[int, Letter] = attrs.field(factory=dict)
    waiting: deque[Letter] = attrs.field(factory=deque)
    heard: int = 0

    @property
    def letters(self) -> Sequence[Letter]:
        """All that it keeps, in order."""
        return [*self.held.values(), *self.waiting]

    def publish(self, letter: Letter) -> None:
        """Take a message over."""
        self.waiting.append(letter)
        self.go_on()

    def begin(self, send: Callable[[bytes], None], receive_maximum: int) -> None:
        """Begin a connection: what is held comes first, and again."""
        self.send, self.receive_maximum = send, receive_maximum
        self.repeat(1.0)
        # As mosquitto does: what is sent for the first time now is marked DUP as well.
        self.go_on(duplicate=True)

    def go_on(self, *, duplicate: bool = False) -> None:
        """Send what may be sent."""
        while self.send and self.filters and self.waiting and not self._is_full:
            packet_id = self.ids.take(self.held)
            letter = self.held[packet_id] = self.waiting.popleft()
            self.send(letter.write(packet_id, duplicate=duplicate))

    @property
    def _is_full(self) -> bool:
        return len(self.held) >= self.receive_maximum

    def repeat(self, share: float) -> None:
        """Send the first part of what is held again, in order."""
        for packet_id, letter in list(self.held.items())[: round(share * len(self.held))]:
            if self.send is not None:
                self.send(letter.write(packet_id, duplicate=True))

    def acknowledge(self, packet_id: int) -> None:
        """Read an acknowledgement; one of nothing that is held is no matter."""
        self.heard += 1
        if self.held.pop(packet_id, None) is not None:
            self.ids.free(packet_id)
        self.go_on()
