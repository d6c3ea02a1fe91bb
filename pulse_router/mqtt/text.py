"""Looks at a packet's text before the codec does, which panics on what is not UTF-8.

A panic prints to standard error, whoever catches it: a device could fill the journal so. Knows
where text stands in the packets that a broker may send, and no protocol state.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import mqtt5

from pulse_router.mqtt.frames import MalformedPacket, UnreadableText, check_size, read_length

_PUBLISH: Final = 3
_QOS: Final = 0x06
_TEXT_NEEDS: Final = 4
"""No packet of so few bytes after the fixed header has any text, but for an empty one."""
_BEFORE_PROPERTIES: Final = {2: 2, 4: 3, 5: 3, 6: 3, 7: 3, 9: 2, 11: 2, 14: 1, 15: 1}
"""How many bytes stand before the properties, by the type of the packet."""

_TEXTS: Final = {3: 1, 8: 1, 18: 1, 21: 1, 26: 1, 28: 1, 31: 1, 38: 2}
"""How many texts a property has (MQTT 5.0, section 2.2.2.2)."""
_BINARY: Final = frozenset({9, 22})
_SUBSCRIPTION_ID: Final = 11
_FIXED: Final = {2: 4, 17: 4, 24: 4, 39: 4, 19: 2, 33: 2, 34: 2, 35: 2}
"""The sizes of those that are numbers; all others have one byte."""


def readable(head: memoryview, max_packet_bytes: int) -> memoryview:
    """Give what the codec may read in place of a packet.

    What is no UTF-8 in a packet of the broker's own only explains something, and is replaced.

    Args:
        head: The buffer from the packet's first byte on.
        max_packet_bytes: The largest packet that is taken.

    Returns:
        The buffer, or the packet with its text mended.

    Raises:
        UnreadableText: It is a PUBLISH with text that is not UTF-8: a device's.
        MalformedPacket: It is larger than allowed, or of a kind that no broker sends.
    """
    kind = head[0] >> 4
    try:
        length, body = read_length(head, 1)
    except IndexError:
        return head
    size = body + length
    if size > len(head):
        return head  # it is looked at when it is complete
    check_size(size, max_packet_bytes)
    packet = head[:size]
    if kind == _PUBLISH:
        if _spoiled_texts(packet, kind, body):
            raise UnreadableText("text that is not UTF-8")
        return head
    if length <= _TEXT_NEEDS or bytes(packet[body:]).isascii():
        return head
    if kind not in _BEFORE_PROPERTIES:
        raise MalformedPacket(
            mqtt5.DisconnectReasonCode.MALFORMED_PACKET, f"a packet of type {kind} is malformed"
        )
    return _mend(packet, _spoiled_texts(packet, kind, body)) or head


def _mend(packet: memoryview, spoiled: Sequence[slice]) -> memoryview | None:
    """Put a question mark for each byte that is not ASCII; None where there is nothing to mend."""
    if not spoiled:
        return None
    mended = bytearray(packet)
    for text in spoiled:
        mended[text] = mended[text].decode("ascii", "replace").encode("ascii", "replace")
    return memoryview(bytes(mended))


def _spoiled_texts(packet: memoryview, kind: int, at: int) -> list[slice]:
    """Find texts that are not UTF-8, for as far as the codec can read on."""
    spoiled: list[slice] = []
    with suppress(IndexError, MalformedPacket):
        if kind == _PUBLISH:
            at = _pass_text(packet, at, spoiled) + (2 if packet[0] & _QOS else 0)
        else:
            at += _BEFORE_PROPERTIES[kind]
        length, at = read_length(packet, at)
        end = at + length
        while at < end:
            at = _pass_property(packet, at, spoiled)
    return spoiled


def _pass_property(packet: memoryview, at: int, spoiled: list[slice]) -> int:
    """Say where the property ends that begins here.

    Raises:
        IndexError: Not in this packet.
        MalformedPacket: Nobody can say.
    """
    name, at = packet[at], at + 1
    if name in _TEXTS:
        for _ in range(_TEXTS[name]):
            at = _pass_text(packet, at, spoiled)
        return at
    if name in _BINARY:
        return at + 2 + (packet[at] << 8 | packet[at + 1])
    if name == _SUBSCRIPTION_ID:
        return read_length(packet, at)[1]
    return at + _FIXED.get(name, 1)


def _pass_text(packet: memoryview, at: int, spoiled: list[slice]) -> int:
    """Say where the text ends that begins here; note it when it is not UTF-8."""
    text = slice(at + 2, at + 2 + (packet[at] << 8 | packet[at + 1]))
    if text.stop > len(packet):
        raise IndexError(text.stop)
    try:
        str(packet[text], "utf-8")
    except UnicodeDecodeError:
        spoiled.append(text)
    return text.stop
