"""Brokers of several habits, and a router that is cut off and killed, as machines without I/O."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence

import attrs

from pulse_router.ingest.redelivery import RedeliveryWindow

PACKET_IDS = 65_535


@attrs.define
class Packet:
    """A PUBLISH on its way; `number` says which message it is, which no reader may look at."""

    number: int
    packet_id: int
    digest: int
    duplicate: bool


@attrs.define
class Broker:
    """Holds messages until they are acknowledged, and sends them again after a lost connection.

    It counts its packet ids up, as mosquitto, EMQX and RabbitMQ do, and uses some up for messages
    that it drops.

    Attributes:
        alike: Whether all messages have the same digest.
        line: What it has sent on this connection and was not read yet; None is a PINGRESP.
    """

    alike: bool = True
    sent: int = 0
    last_id: int = 0
    held: dict[int, Packet] = attrs.field(factory=dict)
    line: list[Packet | None] = attrs.field(factory=list)

    def next_id(self) -> int:
        while True:
            self.last_id = self.last_id % PACKET_IDS + 1
            if self.last_id not in self.held:
                return self.last_id

    def drop(self, count: int) -> None:
        """Use up ids for messages that it has no room for."""
        self.last_id = (self.last_id + count - 1) % PACKET_IDS + 1

    def publish(self) -> None:
        """Send a new message."""
        self.sent += 1
        packet = Packet(self.sent, self.next_id(), 7 if self.alike else self.sent, duplicate=False)
        self.held[packet.packet_id] = packet
        self.line.append(packet)

    def hear(self, packet_id: int) -> None:
        """Read an acknowledgement."""
        self.held.pop(packet_id, None)

    def repeat(self) -> None:
        """Send what it holds again, in order."""
        self.line += [attrs.evolve(packet, duplicate=True) for packet in self.held.values()]

    def reconnect(self) -> None:
        """Begin a connection: what was on the line is gone, what is held comes again."""
        self.line = []
        self.repeat()

    def lose_session(self) -> None:
        """Forget all, packet ids included; what was not read is lost, and not by the reader."""
        self.held, self.line, self.last_id = {}, [], 0


@attrs.define
class LowestFree(Broker):
    """Gives the lowest id that is free, as HiveMQ CE does."""

    def next_id(self) -> int:
        return next(i for i in range(1, PACKET_IDS + 1) if i not in self.held)


@attrs.define
class BeginsAnew(Broker):
    """Counts up, and from 1 again with each connection, as mochi does and RabbitMQ may.

    The session is older than what is known of it.
    """

    last_id: int = 40_000

    def reconnect(self) -> None:
        self.last_id = 0
        super().reconnect()


@attrs.define
class Arrival:
    """Messages that were read together, and what is stored of them."""

    number: int
    connection: int
    pairs: list[tuple[int, int]] = attrs.field(factory=list)
    new: list[int] = attrs.field(factory=list)
    ids: list[int] = attrs.field(factory=list)


@attrs.define
class Walk:
    """A router, what it has stored, its line to the broker, and what was lost without its fault.

    Attributes:
        log: What a restart loads.
        stored: How often each message was stored.
        doubtful: What the broker held at a cut or a kill though the router had acknowledged it.
    """

    broker: Broker
    log: list[tuple[int, int]] = attrs.field(factory=list)
    stored: Counter[int] = attrs.field(factory=Counter)
    doubtful: set[int] = attrs.field(factory=set)
    gone: set[int] = attrs.field(factory=set)
    window: RedeliveryWindow = attrs.field(factory=RedeliveryWindow)
    connection: int = 0
    arrivals: int = 0
    in_hand: deque[Arrival] = attrs.field(factory=deque)
    acknowledged: set[int] = attrs.field(factory=set)
    uplink: deque[tuple[list[int], int]] = attrs.field(factory=deque)
    pings: deque[int] = attrs.field(factory=deque)
    written: int = 0
    known: int = 0
    before: tuple[int, int] = (0, 0)
    is_new_session: bool = True
    is_new_connection: bool = True

    # ---- the router

    def read(self, count: int) -> None:
        taken, self.broker.line = self.broker.line[:count], self.broker.line[count:]
        packets = [packet for packet in taken if packet is not None]
        if packets:
            self._take(packets)
        for _ in range(len(taken) - len(packets)):
            self.known = self.pings.popleft()

    def _take(self, packets: Sequence[Packet]) -> None:
        self.arrivals += 1
        if self.is_new_connection:
            known, written = self.before
            self.window.begin_connection(
                new_session=self.is_new_session, known=known, written=written
            )
            self.is_new_connection = self.is_new_session = False
        self.window.begin_arrival(self.arrivals, known=self.known, written=self.written)
        arrival = Arrival(self.arrivals, self.connection)
        for packet in packets:
            if packet.duplicate and self.stored[packet.number]:
                self.doubtful.add(packet.number)  # repeated before it had read that
            is_repeated = self.window.is_repeated(
                packet.packet_id, packet.digest, duplicate=packet.duplicate
            )
            if not (is_repeated and self.window.is_answered):
                arrival.ids.append(packet.packet_id)
            if not is_repeated:
                arrival.pairs += [*self.window.take_marks(), (packet.packet_id, packet.digest)]
                arrival.new.append(packet.number)
        self.in_hand.append(arrival)

    def commit(self, count: int, *, acknowledge: bool = True) -> None:
        for _ in range(min(count, len(self.in_hand))):
            arrival = self.in_hand.popleft()
            self.log += arrival.pairs
            self.stored.update(arrival.new)
            if acknowledge and arrival.connection == self.connection:
                self.uplink.append((arrival.ids, arrival.number))
                self.written = arrival.number

    def ping(self, _count: int) -> None:
        self.pings.append(self.written)
        self.uplink.append(([], 0))

    # ---- the world

    def hear(self, count: int) -> None:
        for _ in range(min(count, len(self.uplink))):
            ids, number = self.uplink.popleft()
            for packet_id in ids:
                self.broker.hear(packet_id)
            if not number:
                self.broker.line.append(None)

    def cut(self, _count: int) -> None:
        acknowledged = {packet_id for ids, number in self.uplink if number for packet_id in ids}
        self._doubt({p.number for p in self.broker.held.values() if p.packet_id in acknowledged})
        self._lose_the_line()
        self.broker.reconnect()

    def kill(self, stored: int) -> None:
        """Kill the router, which may have committed some of what it holds and not said so."""
        self.commit(stored, acknowledge=False)
        self._doubt({p.number for p in self.broker.held.values() if self.stored[p.number]})
        self.in_hand.clear()
        self.window = RedeliveryWindow(self.log[-PACKET_IDS:])
        self.arrivals = 0
        self._lose_the_line()
        self.before = (0, 0)
        self.broker.reconnect()

    def lose_session(self, _count: int) -> None:
        """Have the broker forget the session; that it begins anew is noted at once."""
        self.gone |= {packet.number for packet in self.broker.held.values()}
        self.broker.lose_session()
        self._lose_the_line()
        self.is_new_session = True
        self.log = []

    def _doubt(self, numbers: set[int]) -> None:
        self.doubtful |= numbers

    def _lose_the_line(self) -> None:
        self.uplink.clear()
        self.pings.clear()
        if not self.is_new_connection:
            self.before = (self.known, self.written)
        self.known = self.written = 0
        self.connection += 1
        self.is_new_connection = True

    def publish(self, count: int) -> None:
        for _ in range(count):
            self.broker.publish()

    def repeat(self, _count: int) -> None:
        self.broker.repeat()

    def drop(self, count: int) -> None:
        self.broker.drop(count)

    def settle(self, count: int) -> None:
        """The same, and hear that the broker knows."""
        self.exchange(count)
        self.ping(1)
        self.hear(count)
        self.read(count)

    def exchange(self, count: int) -> None:
        """Let messages be published, stored and acknowledged, one by one or together."""
        for _ in range(1, count + 1):
            self.broker.publish()
            self.read(1)
        self.commit(count)
        self.hear(count)

    def finish(self) -> None:
        """Let all that is on its way arrive."""
        while self.broker.line or self.in_hand or self.uplink:
            self.read(len(self.broker.line))
            self.commit(len(self.in_hand))
            self.hear(len(self.uplink))

    @property
    def lost(self) -> set[int]:
        return {n for n in range(1, self.broker.sent + 1) if not self.stored[n]} - self.gone

    @property
    def doubled(self) -> set[int]:
        return {number for number, times in self.stored.items() if times > 1}
