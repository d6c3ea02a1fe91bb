"""Recognises messages that the broker sends again: by packet id and digest, when DUP is set.

After a lost connection a broker sends every unacknowledged message again with the same packet
identifier (MQTT 5.0, section 4.4), many of them although we never read them the first time.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable
from typing import Final

_PACKET_IDS: Final = 65_536


def digest(topic: str, payload: bytes) -> int:
    """The 64-bit digest of a message, signed, never 0."""
    hashed = hashlib.blake2b(topic.encode(), digest_size=8)
    hashed.update(payload)
    return int.from_bytes(hashed.digest(), "big", signed=True) or 1


class RedeliveryWindow:
    """The newest message under each packet id, stored or still in hand.

    Half a megabyte, whatever the traffic: there are only 65,535 packet ids, and an id is not
    used again before its message was acknowledged.
    """

    __slots__ = ("_digests",)

    def __init__(self, seen: Iterable[tuple[int, int]] = ()) -> None:
        self._digests = array("q", bytes(8 * _PACKET_IDS))
        for packet_id, message_digest in seen:
            self._digests[packet_id] = message_digest

    def add(self, packet_id: int, message_digest: int) -> None:
        """Remember a message; it replaces the one before under its packet id."""
        self._digests[packet_id] = message_digest

    def __contains__(self, message: tuple[int, int]) -> bool:
        """Tell whether (packet id, digest) is known."""
        packet_id, message_digest = message
        return self._digests[packet_id] == message_digest

    def clear(self) -> None:
        """Forget everything: the broker has begun a new session, with packet ids of its own."""
        self._digests = array("q", bytes(8 * _PACKET_IDS))
