"""What is answered to a body that is worked on while it arrives, until its sender takes it.

Most clients read nothing before they have sent everything: to send them more than they have room
for would hold both sides up. So answers wait, and as there may be many they wait packed; what is
sent is let go.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import AsyncIterator
from typing import Final

import trio

_PIECE_BYTES: Final = 64 * 1024
"""How much is packed, and sent, at once: a millisecond's work."""

_FASTEST: Final = 1


class HeldAnswers:
    """Text that waits, packed."""

    def __init__(self) -> None:
        self._packed: deque[bytes] = deque()
        self._last = bytearray()
        self._packed_bytes = 0

    @property
    def held_bytes(self) -> int:
        """How much memory it takes."""
        return self._packed_bytes + len(self._last)

    def add(self, text: bytes) -> None:
        """Put something behind all that waits."""
        self._last += text
        if len(self._last) >= _PIECE_BYTES:
            packed = zlib.compress(self._last, _FASTEST)
            self._packed.append(packed)
            self._packed_bytes += len(packed)
            self._last.clear()

    async def take_all(self) -> AsyncIterator[bytes]:
        """Take piece by piece what waits; a piece that was taken is held no more."""
        while self._packed:
            packed = self._packed.popleft()
            self._packed_bytes -= len(packed)
            yield zlib.decompress(packed)
            await trio.lowlevel.checkpoint()
        last, self._last = bytes(self._last), bytearray()
        yield last
