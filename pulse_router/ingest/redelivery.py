"""Recognises messages that the broker sends again after a lost connection.

A broker then sends everything that it holds as unacknowledged once more, in the original order and
with the same packet identifiers (MQTT 5.0, sections 4.4 and 4.6): first the tail of what we have
read, whose acknowledgements it has not seen, then what it had sent but we never read. Both carry
DUP. A packet id and a digest alone do not tell one from the other, for ids are used again after
65,535 messages and devices may repeat themselves to the letter. The order does: what comes again
goes through the tail of what we have read, step by step, and the first message that does not is
new, like all that follow it on this connection.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable
from typing import Final

_PACKET_IDS: Final = 65_536
_REMEMBERED: Final = 65_534
"""How far back the tail may begin: one step further, an id could be that of the next message."""


def digest(topic: str, payload: bytes) -> int:
    """The 64-bit digest of a message, signed, never 0."""
    hashed = hashlib.blake2b(topic.encode(), digest_size=8)
    hashed.update(payload)
    return int.from_bytes(hashed.digest(), "big", signed=True) or 1


class RedeliveryWindow:
    """The newest message under each packet id, stored or still in hand, and its place in the order.

    A megabyte, whatever the traffic: there are only 65,535 packet ids.

    Args:
        seen: (packet id, digest) of what earlier runs have committed, the oldest first.
    """

    __slots__ = ("_at", "_comes_again", "_count", "_digests", "_places")

    def __init__(self, seen: Iterable[tuple[int, int]] = ()) -> None:
        self._count = 0
        self._at = 0
        self._comes_again = False
        self._forget()
        for packet_id, message_digest in seen:
            self._remember(packet_id, message_digest)

    def begin_connection(self, *, new_session: bool) -> None:
        """Note that a connection begins.

        Args:
            new_session: Whether the broker has begun a session too, with packet ids of its own.
        """
        if new_session:
            self._forget()
        self._comes_again = not new_session
        self._at = max(1, self._count - _REMEMBERED + 1)

    def is_repeated(self, packet_id: int, message_digest: int, *, duplicate: bool) -> bool:
        """Tell whether a message was read before; one that was not is remembered.

        Args:
            packet_id: Its packet identifier.
            message_digest: Its digest.
            duplicate: Its DUP flag.
        """
        if self._comes_again:
            place = self._places[packet_id]
            if duplicate and place >= self._at and self._digests[packet_id] == message_digest:
                self._at = place + 1
                return True
            self._comes_again = False
        self._remember(packet_id, message_digest)
        return False

    def _remember(self, packet_id: int, message_digest: int) -> None:
        self._count += 1
        self._places[packet_id] = self._count
        self._digests[packet_id] = message_digest

    def _forget(self) -> None:
        self._places = array("q", bytes(8 * _PACKET_IDS))
        self._digests = array("q", bytes(8 * _PACKET_IDS))
