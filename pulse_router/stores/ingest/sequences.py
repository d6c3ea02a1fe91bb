"""The last numbers of devices; satisfies ingest's `SequenceSource`. Runs as `pulse_ingest`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from pulse_router.domain.messages import IngestCommit
from pulse_router.domain.sequences import MAX_NUMBER, LastNumber, NewGap, SequenceKey
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Transaction
from pulse_router.stores.ingest import statements
from pulse_router.stores.roles import Role

LAST_NUMBERS: Final = LastNumber._fields
GAPS: Final = NewGap._fields

# OFFSET 0 leaves the planner nothing but the primary key's index, however many rows it expects.
_LOOK_UP: Final = """
SELECT found.*
FROM unnest($1::text[], $2::text[], $3::text[]) AS asked (tenant_id, device_id, msg_type),
LATERAL (
  SELECT known.tenant_id, known.device_id, known.msg_type, known.last
  FROM device_sequences AS known
  WHERE known.tenant_id = asked.tenant_id AND known.device_id = asked.device_id
    AND known.msg_type = asked.msg_type
  OFFSET 0
) AS found
"""
_NOTE: Final = """
SELECT pulse_note_numbers($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[])
"""


class PostgresSequenceSource:
    """Looks the last numbers up.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last_numbers(self, keys: Collection[SequenceKey]) -> Mapping[SequenceKey, int]:
        """See the port."""
        rows = await self._database.query(
            Role.INGEST, _LOOK_UP, *map(list, zip(*keys, strict=True)), read_only=True
        )
        return {
            (row["tenant_id"], row["device_id"], row["msg_type"]): row["last"]
            for row in rows
            if abs(row["last"]) <= MAX_NUMBER  # others somebody has written by hand
        }


def in_columns(batch: IngestCommit) -> Sequence[Sequence[object]]:
    """Give what a batch says of the numbers of devices as `COMMIT_WHOLE` takes it."""
    return [
        *statements.in_columns(batch.last_numbers, LAST_NUMBERS),
        *statements.in_columns(batch.gaps, GAPS),
    ]


async def note_numbers(transaction: Transaction, batch: IngestCommit) -> None:
    """Store what a batch says of the numbers of devices, in its transaction."""
    if batch.last_numbers:
        columns = statements.in_columns(batch.last_numbers, LAST_NUMBERS)
        await transaction.fetch_value(_NOTE, *columns)
    if batch.gaps:
        await transaction.copy("device_gaps", GAPS, batch.gaps)
