"""What a payload filter weighs: counted while it is made ready. It knows no operator."""

from __future__ import annotations

from pulse_router.domain.filters.faults import FilterError
from pulse_router.domain.filters.weight import (
    MAX_ALL_INSTRUCTIONS,
    MAX_INSTRUCTIONS,
    MAX_LITERALS,
    Fuel,
)


class Costs:
    """What the tests of one filter weigh, and share.

    Args:
        fuel: What they may use up on a message.
        is_strict: Whether what is too long is refused at once: it is not made ready for nothing.

    Attributes:
        literals: How many values they compare with.
        instructions: How long the longest program of their regular expressions is.
        longest_at: Where that stands.
        all_instructions: How long their programs are together.
    """

    def __init__(self, fuel: Fuel, *, is_strict: bool = False) -> None:
        self.fuel = fuel
        self.literals = 0
        self.instructions = 0
        self.longest_at = ""
        self.all_instructions = 0
        self.is_strict = is_strict

    def add_expression(self, instructions: int, path: str) -> None:
        """Note a regular expression.

        Raises:
            FilterError: It is too long, where that is refused.
        """
        self.literals += 1
        self.all_instructions += instructions
        if instructions > self.instructions:
            self.instructions, self.longest_at = instructions, path
        if self.is_strict and (excess := self.excess()) is not None:
            raise excess

    def excess(self) -> FilterError | None:
        """Tell by what they weigh too much; None where they do not."""
        if self.literals > MAX_LITERALS:
            return FilterError(
                "", f"must not have more than {MAX_LITERALS} values, but has {self.literals}"
            )
        if self.instructions > MAX_INSTRUCTIONS:
            return FilterError(
                self.longest_at,
                f"must not compile to more than {MAX_INSTRUCTIONS} instructions, but does to"
                f" {self.instructions}: use fewer or smaller repetitions",
            )
        if self.all_instructions > MAX_ALL_INSTRUCTIONS:
            return FilterError(
                "",
                "its regular expressions must not compile to more than"
                f" {MAX_ALL_INSTRUCTIONS} instructions together: use fewer or simpler ones",
            )
        return None
