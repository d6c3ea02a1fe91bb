"""Recognises messages that the broker sends again, whatever its habits.

A broker holds a QoS 1 message until it has read our acknowledgement, and may send it again until
then, with DUP and the same packet identifier: after a lost connection it must, in the original
order, and with it what it had sent but we never read (MQTT 5.0, sections 4.4 and 4.6); some do so
whenever they like. A packet id and a digest alone do not tell one from the other, for devices may
repeat themselves to the letter, and an id is used again as soon as the broker likes: some count up
to 65,535, some give the lowest that is free, so that at a low rate every message has the same. What
we know of the broker does:

- What we have not acknowledged it must still hold, under that id. With DUP, it is a repeat.
- What the broker is known to know as acknowledged, for it has answered something that we sent
  later, cannot come again. It is forgotten.
- In doubt is what we have acknowledged, and no answer has come. After a lost connection, what comes
  again goes through it *in order*, and the first message that does not is new, as are all that
  follow: mosquitto then sends all that it holds with DUP, whether it had sent it before or not. A
  broker that gives ids again at once, or counts anew with each connection, may have given these
  too, to messages that look alike: only a broker that is seen to pass over free ids is believed to
  repeat what is in doubt. Where doubt is left a message is stored twice rather than lost.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import deque
from collections.abc import Iterable
from typing import Final

MARK: Final = 0
"""Stands for a packet id, which is never 0, where what is stored of the messages has a mark.

Instead of a digest it says how many of the messages before it the broker may still hold, or one of
the three below.
"""
SESSION_BEGINS: Final = -1
IDS_CLIMB: Final = -2
AHEAD: Final = -3
"""What follows was stored before others that came before it, so it is not acknowledged. It stands
here once more in its turn, when those are stored too."""

_PACKET_IDS: Final = 65_536
_REMEMBERED: Final = 65_534
"""How far back the tail may begin: one step further, an id could be that of the next message."""
_EARLY: Final = _PACKET_IDS // 2
"""An id that is given again after fewer messages shows a broker that does not count up to 65,535,
or that uses up ids otherwise."""
_COMES_ROUND: Final = 4_096
"""How many ids may be passed over where they come round; any other fall shows a broker that has
begun to count anew, as some do with each connection."""
_SAID_AGAIN: Final = _PACKET_IDS // 4
"""After how many messages it is stored again that ids climb: what is older is pruned."""

_IN_DOUBT: Final = 0
_UNACKNOWLEDGED: Final = -1
"""What is known of a message that an earlier connection brought, in place of its arrival."""


def digest(topic: str, payload: bytes) -> int:
    """The 64-bit digest of a message, signed, never 0."""
    hashed = hashlib.blake2b(topic.encode(), digest_size=8)
    hashed.update(payload)
    return int.from_bytes(hashed.digest(), "big", signed=True) or 1


class RedeliveryWindow:
    """The newest message under each packet id, stored or still in hand, and its place in the order.

    A megabyte and a half, whatever the traffic: there are only 65,535 packet ids.

    Args:
        seen: (packet id, digest) of what earlier runs have committed, the oldest first, and marks.
        receive_maximum: How many messages the broker may have in flight.

    Attributes:
        is_answered: Whether the newest repeat needs no acknowledgement of its own, as the first of
            its kind came on the same connection. Another one could be taken for that of a message
            to which the broker has given the id meanwhile.
        was_ahead: Whether an earlier run had stored the newest repeat ahead of its turn: that has
            come now, and it is to be noted as new messages are.
    """

    __slots__ = (
        "_ahead",
        "_all_came",
        "_arrival",
        "_at",
        "_begins",
        "_brought_by",
        "_climbs_since",
        "_comes_again",
        "_count",
        "_digests",
        "_highest_id",
        "_known",
        "_marked",
        "_marks",
        "_most_in_flight",
        "_newest_id",
        "_places",
        "_repeats_until",
        "_reused_at",
        "_settled",
        "_written",
        "is_answered",
        "was_ahead",
    )

    def __init__(
        self, seen: Iterable[tuple[int, int]] = (), *, receive_maximum: int = 4_000
    ) -> None:
        self._most_in_flight = receive_maximum
        self.is_answered = self.was_ahead = False
        self._count = 0  # of messages: the place of the newest
        self._at = 0  # the first place at which something may come again
        self._arrival = self._known = self._written = self._repeats_until = 0
        self._comes_again = True
        self._all_came = False
        self._begins: deque[tuple[int, int]] = deque()  # arrivals, and what came before each
        self._climbs_since: int | None
        self._reused_at: int | None
        self._settled: int
        self._newest_id: int
        self._highest_id: int
        self._places: array[int]
        self._digests: array[int]
        self._ahead: dict[int, int]
        self._begin_session()
        is_ahead = False
        for packet_id, message_digest in seen:
            if packet_id != MARK and is_ahead:
                self._ahead[packet_id] = message_digest
            elif packet_id != MARK:
                self._remember(packet_id, message_digest)
            elif message_digest == SESSION_BEGINS:
                self._begin_session()
            elif message_digest == IDS_CLIMB:
                self._climbs_since = self._count
            elif message_digest != AHEAD:
                self._settled = max(self._settled, self._count - message_digest)
            is_ahead = (packet_id, message_digest) == (MARK, AHEAD)
        self._marked = self._settled
        self._marks: list[int] = []
        for packet_id in range(self._highest_id + 1):
            if self._places[packet_id] <= self._settled:
                self._digests[packet_id] = 0

    def begin_connection(self, *, new_session: bool, known: int = 0, written: int = 0) -> None:
        """Note that a connection begins.

        Args:
            new_session: Whether the broker has begun a session too, with packet ids of its own.
            known: The last arrival of the connection before whose acknowledgements the broker is
                known to have read.
            written: The last one whose acknowledgements have been given to the line.
        """
        if new_session:
            self._begin_session()
            self._marks = [SESSION_BEGINS]
        else:
            self._end_connection(known, written)
        self._begins.clear()
        self._known = self._written = self._arrival
        self._comes_again = not new_session
        self._all_came = new_session
        self._at = max(1, self._count - _REMEMBERED + 1)

    def begin_arrival(self, number: int, *, known: int, written: int) -> None:
        """Note that an arrival begins.

        Args:
            number: Its number; they count up.
            known: The last arrival of this connection whose acknowledgements the broker was known
                to have read when this one was read.
            written: The last one whose acknowledgements had been given to the line then.
        """
        self._arrival = number
        self._written = max(self._written, written)
        self._known = max(self._known, known)
        self._begins.append((number, self._count))
        self._settle(known)

    def take_marks(self) -> list[tuple[int, int]]:
        """Give the marks that are to be stored before the message that was found new just now."""
        if self._marked != self._settled:
            self._marked = self._settled
            self._marks.append(self._count - 1 - self._settled)
        if not self._marks:
            return []
        marks, self._marks = self._marks, []
        return [(MARK, mark) for mark in marks]

    def is_repeated(self, packet_id: int, message_digest: int, *, duplicate: bool) -> bool:
        """Tell whether a message was read before; one that was not is remembered.

        Args:
            packet_id: Its packet identifier.
            message_digest: Its digest.
            duplicate: Its DUP flag.
        """
        self.was_ahead = False
        if duplicate:
            if self._ahead and self._ahead.get(packet_id) == message_digest:
                self._take_up(packet_id, message_digest)
                return True
            if self._digests[packet_id] == message_digest and self._can_come_again(packet_id):
                self._at = max(self._at, self._places[packet_id] + 1)
                self.is_answered = self._brought_by[packet_id] > 0
                if not self.is_answered:
                    self._repeats_until = self._brought_by[packet_id] = self._arrival
                return True
        else:
            self._all_came = True
        self._judge(packet_id, duplicate=duplicate)
        self._comes_again = False
        self._remember(packet_id, message_digest)
        self._brought_by[packet_id] = self._arrival
        return False

    def _take_up(self, packet_id: int, message_digest: int) -> None:
        self.was_ahead, self.is_answered, self._comes_again = True, False, False
        self._remember(packet_id, message_digest)
        self._repeats_until = self._brought_by[packet_id] = self._arrival

    def _can_come_again(self, packet_id: int) -> bool:
        brought_by, place = self._brought_by[packet_id], self._places[packet_id]
        if brought_by == _IN_DOUBT:
            return self._comes_again and place >= self._at and self._passes_over_ids
        is_near = self._count - place < _EARLY
        if brought_by == _UNACKNOWLEDGED:
            return is_near  # the broker may have let it expire
        in_hand = brought_by > self._written
        return in_hand or (brought_by > self._known and is_near and self._passes_over_ids)

    @property
    def _passes_over_ids(self) -> bool:
        """Whether an id that has just become free is certainly not given to the next messages."""
        reused_at = self._reused_at
        if self._climbs_since is None:
            return False
        return reused_at is None or self._count - reused_at >= _PACKET_IDS

    def _judge(self, packet_id: int, *, duplicate: bool) -> None:
        """Learn from the id of a new message: had the broker given the lowest that was free?

        No more can have been in use then than the Receive Maximum; and without DUP, all that was
        has been read, and is not known to be acknowledged.
        """
        in_use = self._most_in_flight
        if not duplicate:
            in_use = min(in_use, self._count - self._settled)
        if packet_id > in_use + 1 and (
            self._climbs_since is None or self._count - self._climbs_since >= _SAID_AGAIN
        ):
            self._climbs_since = self._count
            self._marks.append(IDS_CLIMB)

    def _settle(self, known: int) -> None:
        """Note where what the broker may still hold begins, once nothing older can come again."""
        if self._all_came and known >= max(1, self._repeats_until):
            while self._begins and self._begins[0][0] <= known + 1:
                self._settled = self._begins.popleft()[1]

    def _remember(self, packet_id: int, message_digest: int) -> None:
        if self._ahead:
            self._ahead.pop(packet_id, None)
        place = self._places[packet_id]
        self._count += 1
        is_early = 0 < place <= self._settled and self._count - place < _EARLY
        fell = self._newest_id - packet_id
        if is_early or 0 < fell < _PACKET_IDS - _COMES_ROUND:
            self._reused_at = self._count
        self._newest_id = packet_id
        self._highest_id = max(self._highest_id, packet_id)
        self._places[packet_id] = self._count
        self._digests[packet_id] = message_digest

    def _begin_session(self) -> None:
        self._settled = self._marked = self._count
        self._climbs_since = self._reused_at = None
        self._highest_id = self._newest_id = 0
        self._ahead = {}
        self._places = array("q", bytes(8 * _PACKET_IDS))
        self._digests = array("q", bytes(8 * _PACKET_IDS))
        self._brought_by = array("q", bytes(8 * _PACKET_IDS))

    def _end_connection(self, known: int, written: int) -> None:
        """Say of what has been read what its connection has come to know of it."""
        self._begins.append((self._arrival + 1, self._count))
        self._settle(known)
        known = max(known, self._known)
        digests, brought_by = self._digests, self._brought_by
        for packet_id in range(self._highest_id + 1):
            arrival = brought_by[packet_id]
            if arrival > known:
                brought_by[packet_id] = _IN_DOUBT if arrival <= written else _UNACKNOWLEDGED
            elif arrival > 0 or self._all_came:
                # Either the broker knows, or it would have come again before the new messages.
                digests[packet_id] = 0
                brought_by[packet_id] = _IN_DOUBT
