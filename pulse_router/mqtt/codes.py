"""Puts reason codes that the codec does not know into ones that it does.

A broker may be newer than the codec, or use a code where MQTT 5 has none. Those below 0x80 say that
all is well, the others that it is not (MQTT 5.0, section 2.4). Knows no protocol state.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Final

import mqtt5

from pulse_router.mqtt.frames import FIRST_FAILURE, MalformedPacket, read_length
from pulse_router.mqtt.text import readable

_CONNACK: Final = 2
_SUBACK: Final = 9
_UNSUBACK: Final = 11
_AT: Final = {2: 1, 4: 2, 5: 2, 6: 2, 7: 2, 14: 0}
"""Where a packet's one reason code stands, by its type."""
_FAILURE: Final = int(mqtt5.PubAckReasonCode.UNSPECIFIED_ERROR)
_KINDS: Final[Mapping[int, type[object]]] = {
    2: mqtt5.ConnAckReasonCode,
    4: mqtt5.PubAckReasonCode,
    5: mqtt5.PubRecReasonCode,
    6: mqtt5.PubRelReasonCode,
    7: mqtt5.PubCompReasonCode,
    9: mqtt5.SubAckReasonCode,
    11: mqtt5.UnsubAckReasonCode,
    14: mqtt5.DisconnectReasonCode,
}
_KNOWN: Final = {
    kind: frozenset(int(code) for code in vars(codes).values() if isinstance(code, codes))  # type: ignore[call-overload]
    for kind, codes in _KINDS.items()
}
_PUBREL_FAILURE: Final = int(mqtt5.PubRelReasonCode.PACKET_ID_NOT_FOUND)


def read_known(head: memoryview, max_packet_bytes: int) -> tuple[mqtt5.Packet, int] | None:
    """Read a packet that the codec has failed at for its reason codes, with the general ones.

    Args:
        head: The buffer from the packet's first byte on.
        max_packet_bytes: The largest packet that is taken.

    Returns:
        The packet and its size; None when it is incomplete, or something else is wrong with it.
    """
    with suppress(ValueError):
        if (mended := _with_known_codes(head)) is not None:
            return mqtt5.read(readable(mended, max_packet_bytes))
    return None


def _with_known_codes(head: memoryview) -> memoryview | None:
    kind = head[0] >> 4
    if kind not in _KNOWN:
        return None
    with suppress(IndexError, MalformedPacket):
        length, body = read_length(head, 1)
        packet = bytearray(head[: body + length])
        if len(packet) < body + length:
            return None
        if kind in {_SUBACK, _UNSUBACK}:
            properties, at = read_length(head, body + 2)
            places = range(at + properties, len(packet))
        else:
            places = range(body + _AT[kind], body + _AT[kind] + 1)
        unknown = [place for place in places if packet[place] not in _KNOWN[kind]]
        for place in unknown:
            packet[place] = _general(kind, packet[place])
        return memoryview(bytes(packet)) if unknown else None
    return None


def _general(kind: int, code: int) -> int:
    if kind in {6, 7}:
        return 0 if code < FIRST_FAILURE else _PUBREL_FAILURE
    # Of these only the known ones grant anything.
    return 0 if code < FIRST_FAILURE and kind not in {_CONNACK, _SUBACK} else _FAILURE
