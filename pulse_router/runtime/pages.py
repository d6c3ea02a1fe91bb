"""Pages of lists: which part of a list is wanted, and what was found. It knows no list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

import attrs

T = TypeVar("T")

Cursor: TypeAlias = tuple[int | str | datetime, ...]
"""A place in a list: the values of the row before it, by which the list is ordered."""


@attrs.frozen(kw_only=True)
class Wanted:
    """Which part of a list is wanted.

    Attributes:
        limit: How many at the most.
        offset: How many to pass over.
        after: Where the page begins; None for the beginning of the list. Such a page also ends
            when it weighs enough.
        payloads: Whether what is heavy is wanted.
    """

    limit: int
    offset: int = 0
    after: Cursor | None = None
    payloads: bool = True


@attrs.frozen
class Found(Generic[T]):
    """A page of a list.

    Attributes:
        items: What is on it.
        total: How many are in the list, wherever the page begins.
        total_is_exact: False where there are more than were counted.
        next: Where the page after it begins; None on the last one.
    """

    items: Sequence[T]
    total: int
    total_is_exact: bool = True
    next: Cursor | None = None
