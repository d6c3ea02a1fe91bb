"""Texts as WebSocket frames (RFC 6455, section 5.2).

A server's frames are not masked and, uncompressed, the same for every client: an event is framed
once, and all that waits for a client goes out in one piece.
"""

from __future__ import annotations

from typing import Final

from pulse_router.api.streams.messages import StreamDropped
from pulse_router.streaming.encoding import EncodedEvent
from pulse_router.streaming.outbox import Taken

_TEXT: Final = b"\x81"  # final, opcode 1
_LONGEST_IN_7_BITS: Final = 125
_LONGEST_IN_16_BITS: Final = 0xFFFF


def text_frame(text: str) -> bytes:
    """Frame a message."""
    payload = text.encode()
    length = len(payload)
    if length <= _LONGEST_IN_7_BITS:
        return _TEXT + bytes((length,)) + payload
    if length <= _LONGEST_IN_16_BITS:
        return _TEXT + b"\x7e" + length.to_bytes(2, "big") + payload
    return _TEXT + b"\x7f" + length.to_bytes(8, "big") + payload


def frames(taken: Taken) -> bytes:
    """Frame all that was waiting, after how many events are missing before it."""
    framed = [
        text_frame(item) if isinstance(item, str) else item.frame or _frame_once(item)
        for item in taken.items
    ]
    if taken.dropped:
        framed.insert(0, text_frame(StreamDropped(taken.dropped).json()))
    return b"".join(framed)


def _frame_once(event: EncodedEvent) -> bytes:
    event.frame = text_frame(event.text)
    return event.frame
