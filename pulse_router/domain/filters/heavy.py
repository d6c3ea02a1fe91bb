"""Payload filters that were saved when one might weigh more: kept as text that few have to read.

It knows nothing of what a filter asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import attrs
import msgspec

from pulse_router.domain.filters.faults import FilterError
from pulse_router.domain.filters.weight import MAX_WEIGHT_BYTES

MAX_READ_CHARACTERS: Final = 4 * MAX_WEIGHT_BYTES
"""How long a filter is as it is stored that is read with its route: what may be saved today, with
the blanks that PostgreSQL puts in it."""

_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode


@attrs.frozen
class HeavyFilter:
    """A payload filter that is far above what is saved today, as its JSON.

    A route with one is shown, renamed and delivered for without anybody's reading it.
    """

    text: str = attrs.field(repr=False)

    def read(self) -> Mapping[str, Any]:
        """Read it, at the cost of its bytes.

        Raises:
            FilterError: It cannot be read: another version's, or written by hand.
        """
        try:
            return _decode(self.text)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise FilterError("", f"it cannot be read: {error}") from None


PayloadFilter: TypeAlias = Mapping[str, Any] | HeavyFilter


def read_filter(payload_filter: PayloadFilter | None) -> Mapping[str, Any]:
    """Give what a filter says; an empty one takes everything, and so does none.

    Raises:
        FilterError: It cannot be read.
    """
    if isinstance(payload_filter, HeavyFilter):
        return payload_filter.read()
    return payload_filter or {}


def says_same(heavy: HeavyFilter, other: Mapping[str, Any] | None) -> bool:
    """Tell whether a filter says what a heavy one does; of a small one that is known at once."""
    if other is None or len(msgspec.json.encode(other)) <= MAX_WEIGHT_BYTES:
        return False
    try:
        return heavy.read() == other
    except FilterError:
        return False
