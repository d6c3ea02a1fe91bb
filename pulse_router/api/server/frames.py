"""Texts as WebSocket frames (RFC 6455, section 5.2).

A server's frames are not masked and, uncompressed, the same for every client: an event is framed
once for all of them.
"""

from __future__ import annotations

from typing import Final

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
