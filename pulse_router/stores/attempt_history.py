"""How attempts are remembered in a row: the last ten, oldest first, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from pulse_router.domain.deliveries import HISTORY_LENGTH, AttemptRecord
from pulse_router.stores.reading import UNREADABLE_JSON

_decode: Final = msgspec.json.Decoder(list[AttemptRecord]).decode


def read_history(text: str | None) -> Sequence[AttemptRecord]:
    """Read the column `history`; what another version remembers in another form is not shown."""
    try:
        return _decode(text or "[]")
    except UNREADABLE_JSON:
        return ()


def appended(record: str) -> str:
    """Say in SQL what the column `history` becomes with one more record.

    What was pushed back takes the place of what was before, so that a receiver that pushes back for
    hours does not make everything else forgotten.

    Args:
        record: An expression of type text: the record as JSON, or null when there is none.
    """
    return f"""
      CASE
        WHEN {record} IS NULL THEN history
        WHEN jsonb_typeof(history) <> 'array' THEN jsonb_build_array(({record})::jsonb)
        WHEN {_was_pushed_back("history -> -1")} AND {_was_pushed_back(f"({record})::jsonb")}
          THEN (history - -1) || ({record})::jsonb
        WHEN jsonb_array_length(history) >= {HISTORY_LENGTH}
          THEN (history - 0) || ({record})::jsonb
        ELSE coalesce(history, '[]') || ({record})::jsonb
      END
    """


def _was_pushed_back(record: str) -> str:
    return f"coalesce({record} ->> 'pushbacks', '0') <> '0'"
