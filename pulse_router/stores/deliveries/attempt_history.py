"""How attempts are remembered in a row: the last ten, oldest first, as JSON. Only SQL."""

from __future__ import annotations

from pulse_router.domain.deliveries import HISTORY_LENGTH


def appended(record: str) -> str:
    """Say in SQL what the column `history` becomes with one more record.

    Args:
        record: An expression of type text: the record as JSON, or null when there is none.
    """
    return f"""
      CASE
        WHEN {record} IS NULL THEN history
        WHEN jsonb_array_length(history) >= {HISTORY_LENGTH}
          THEN (history - 0) || ({record})::jsonb
        ELSE coalesce(history, '[]') || ({record})::jsonb
      END
    """
