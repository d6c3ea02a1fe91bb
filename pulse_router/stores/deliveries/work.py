"""The searches for routes that have pending deliveries; `PostgresDeliveryStore` hands them out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pulse_router.domain.queue_marks import QueueMark, Work, WorkMark
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.deliveries import looks
from pulse_router.stores.pending_rows import ALONG_INDEXES
from pulse_router.stores.roles import Role

# Jumps from route to route along an index, whatever the backlog of each; but passes what has ended.
_ROUTES: Final = """
{name} AS (
  SELECT min(route_id) AS route_id FROM route_deliveries WHERE attempts {kind} {within}
  UNION ALL
  SELECT (SELECT min(route_id) FROM route_deliveries
          WHERE attempts {kind} AND route_id > {name}.route_id {within})
  FROM {name} WHERE {name}.route_id IS NOT NULL
)
"""
_RETRIED: Final = _ROUTES.format(name="retried", kind="> 0", within="")
_NOTE: Final = """
SELECT NULL, pg_current_snapshot()::text, extract(epoch FROM pg_postmaster_start_time())::text
"""
_ALL: Final = f"""
WITH RECURSIVE {_ROUTES.format(name="fresh", kind="= 0", within="")}, {_RETRIED}
SELECT route_id, NULL AS snapshot, NULL AS server FROM fresh WHERE route_id IS NOT NULL
UNION
SELECT route_id, NULL, NULL FROM retried WHERE route_id IS NOT NULL
UNION ALL
{_NOTE}
"""  # noqa: S608 - fixed text

# Asks of each route whether it has any that came after the mark.
NEW: Final = f"""
SELECT route.id AS route_id, NULL AS snapshot, NULL AS server
FROM message_routes AS route, LATERAL (
  (SELECT FROM route_deliveries
   WHERE route_id = route.id AND attempts = 0 AND entered >= $1::text::xid8
   ORDER BY entered, id LIMIT 1)
  UNION ALL
  (SELECT FROM route_deliveries
   WHERE route_id = route.id AND attempts = 0 AND entered = ANY ($2::text[]::xid8[]) LIMIT 1)
  LIMIT 1
) AS has_new
UNION ALL
{_NOTE}
"""  # noqa: S608 - fixed text

# The newest marks are found by jumps from the end, where they live. Routes that have one are asked
# one by one, each from there on; the others are found by jumps, in the gaps between them.
FROM_MARKS: Final = f"""
WITH RECURSIVE marks AS (
  (SELECT route_id, entered, last_id, in_doubt, server FROM route_marks
   ORDER BY route_id DESC, id DESC LIMIT 1)
  UNION ALL
  SELECT below.* FROM marks, LATERAL (
    SELECT route_id, entered, last_id, in_doubt, server FROM route_marks
    WHERE route_id < marks.route_id ORDER BY route_id DESC, id DESC LIMIT 1
  ) AS below
), kept AS MATERIALIZED (
  SELECT route_id, entered, last_id, in_doubt FROM marks
  WHERE server = extract(epoch FROM pg_postmaster_start_time())::text
), gaps AS (
  SELECT edge AS low, lead(edge, 1, 9223372036854775807) OVER (ORDER BY edge) AS high
  FROM (SELECT route_id AS edge FROM kept
        UNION ALL SELECT -9223372036854775808) AS edges
), {_RETRIED}, found AS (
  SELECT kept.route_id FROM kept, LATERAL (
    (SELECT FROM route_deliveries
     WHERE route_id = kept.route_id AND attempts = 0
       AND (entered, id) > (kept.entered, kept.last_id) ORDER BY entered, id LIMIT 1)
    UNION ALL
    (SELECT FROM route_deliveries
     WHERE route_id = kept.route_id AND attempts = 0 AND entered = ANY (kept.in_doubt) LIMIT 1)
    LIMIT 1
  ) AS has_any
  UNION
  SELECT in_gap.route_id FROM gaps, LATERAL (
    WITH RECURSIVE {
    _ROUTES.format(name="fresh", kind="= 0", within="AND route_id > low AND route_id < high")
}
    SELECT fresh.route_id FROM fresh WHERE fresh.route_id IS NOT NULL
  ) AS in_gap
  WHERE high - 1 > low
  UNION
  SELECT retried.route_id FROM retried WHERE retried.route_id IS NOT NULL
)
SELECT route_id, NULL AS snapshot, NULL AS server, NULL AS entered, NULL AS last_id,
       NULL AS in_doubt
FROM found
UNION ALL
SELECT route_id, NULL, NULL, entered::text, last_id, in_doubt::text[] FROM kept
UNION ALL
{_NOTE}, NULL, NULL, NULL
"""  # noqa: S608 - fixed text


async def find_all(database: Database) -> Work:
    """Search all of the queue, passing whatever has ended."""
    *found, note = await database.query(Role.OPERATOR, _ALL, read_only=True)
    return Work([row["route_id"] for row in found], _mark(note))


async def find_from_marks(database: Database) -> tuple[Work, Mapping[int, QueueMark]]:
    """Search all that lies behind the marks that are written down; give these as well."""
    async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
        await transaction.execute(ALONG_INDEXES)
        *rows, note = await transaction.fetch(FROM_MARKS)
    found = [row["route_id"] for row in rows if row["entered"] is None]
    kept = {
        row["route_id"]: QueueMark(
            entered=int(row["entered"]),
            id=row["last_id"],
            in_doubt=[int(number) for number in row["in_doubt"] if number is not None],
            server=note["server"],
        )
        for row in rows
        if row["entered"] is not None
    }
    return Work(found, _mark(note)), kept


async def find_new(database: Database, since: WorkMark) -> Work | None:
    """Search what has come since; None when the mark is of another server."""
    arguments: Sequence[object] = (str(since.entered), looks.list_in_doubt(since.in_doubt))
    *found, note = await database.query(Role.OPERATOR, NEW, *arguments, read_only=True)
    if note["server"] != since.server:
        return None
    return Work([row["route_id"] for row in found], _mark(note))


def _mark(note: Record) -> WorkMark:
    return looks.read_work_mark(note["snapshot"], note["server"])
