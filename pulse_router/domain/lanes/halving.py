"""The search for what a batch is refused for: halves, until what is to blame stands alone.

It knows nothing of why, nor of whose turn the parts are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from pulse_router.domain.deliveries import Delivery

EXTRA_REQUESTS: Final = 32
"""How many requests more than one for each message are made to find what a batch is refused for."""


@attrs.define(eq=False)
class Search:
    """The search for what one batch is refused for.

    Attributes:
        left: How many requests may still be refused that hold more than one message.
    """

    left: int = EXTRA_REQUESTS

    def parts_of(self, refused: Sequence[Delivery]) -> Sequence[Sequence[Delivery]]:
        """Cut what was refused in halves; when that was done often enough, each goes by itself."""
        self.left -= 1
        if self.left < 0:
            return [[delivery] for delivery in refused]
        middle = len(refused) // 2
        return [refused[:middle], refused[middle:]]
