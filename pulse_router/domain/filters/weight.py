"""What a payload filter may weigh, and how far it may go on one message.

It knows nothing of what a filter asks.
"""

from __future__ import annotations

from typing import Final

MAX_WEIGHT_BYTES: Final = 16_384
"""Of the filter as JSON."""
MAX_LITERALS: Final = 2_000
"""Values that it compares with: each string, number, boolean, null, list and object counts."""
MAX_INSTRUCTIONS: Final = 1_000
"""Of a regular expression's program: what a byte of text may cost."""
MAX_ALL_INSTRUCTIONS: Final = 20_000
"""Of all of a filter's programs: what it costs to make them ready, 0.15 us each."""
MAX_TEXT_BYTES: Final = 4_096
"""How much of a text a regular expression sees."""

FUEL_PER_FILTER: Final = MAX_TEXT_BYTES * MAX_INSTRUCTIONS // 256 + 384
"""What a filter may use up on one message: the dearest expression on the longest text, once."""


class TooDear(Exception):
    """A filter has to look at more of a message than it may."""


class Fuel:
    """What filters may still use up: about a microsecond a unit where it is spent, and no clock.

    It is spent where a message decides how much there is to do: on the elements of lists, and on
    the texts that regular expressions see.

    Attributes:
        left: How much is left; whoever asks a filter fills it up before.
    """

    __slots__ = ("left",)

    def __init__(self, left: float = float("inf")) -> None:
        self.left = left

    def spend(self, amount: int) -> None:
        """Use some of it up.

        Raises:
            TooDear: There is not so much left.
        """
        self.left -= amount
        if self.left < 0:
            raise TooDear("it would have to look at more of the message than a filter may")
