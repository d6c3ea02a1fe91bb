"""Long lists cut into pieces, so that others get their turn between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

PIECE: Final = 100
"""How many lanes are looked at before others get their turn."""
T = TypeVar("T")


def in_pieces(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """Cut a long list."""
    for at in range(0, len(items), PIECE):
        yield items[at : at + PIECE]
