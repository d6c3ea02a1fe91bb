"""The handover: what is stored here goes to its lane at once, but not what has overtaken the news.

A commit is seen by others before its own answer is. What it has stored may be found in the table,
attempted and settled by the time when it is told of; its lane may even be gone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from pulse_router.domain.messages import NewDelivery

_NOTHING: Final = range(0)


class Handover:
    """What ends while the commit that stored it is not told of yet."""

    def __init__(self) -> None:
        self._coming = _NOTHING
        self._ended: set[int] = set()

    def begin(self, deliveries: Sequence[NewDelivery]) -> None:
        """Note that a commit begins; ids rise, so that its first and last one tell what may end."""
        self._ended.clear()
        self._coming = range(deliveries[0].id, deliveries[-1].id + 1) if deliveries else _NOTHING

    def note_ended(self, delivery_ids: Collection[int]) -> None:
        """Note that nobody has these in hand any more."""
        if self._coming:
            self._ended.update(number for number in delivery_ids if number in self._coming)

    def end(
        self, deliveries: Sequence[NewDelivery], *, more: bool = False
    ) -> Sequence[NewDelivery]:
        """Give those of a commit that were not found, and brought to an end, before it was told.

        Args:
            deliveries: What is told of it.
            more: Whether it goes on: more of it is told later.
        """
        ended = self._ended
        if not more:
            self._ended, self._coming = set(), _NOTHING
        if not ended:
            return deliveries
        return [delivery for delivery in deliveries if delivery.id not in ended]
