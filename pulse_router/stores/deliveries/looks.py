"""A look at what a route has due, from a mark onwards; `PostgresDeliveryStore` hands it out.

No look may begin where the dead are: while somebody holds an old snapshot, deliveries that have
ended stay in the table and its indexes, hundreds of thousands of them in an hour. So a look begins
where the last one ended, and is as exact as one from the start:

- What was never attempted goes by `(entered, id)`: `entered` is the transaction that brought it.
  The look tells its own snapshot, so whatever it could not see was brought by a transaction that
  had not begun, and lies behind the mark; or by one that had not ended, which the mark lists as in
  doubt. No clock has a part in this, neither one that jumps nor another router's, and no commit
  lands too late. Time has none either in whether it is due: it is.
- What has failed goes by time, in an index of its own. The mark says up to when the retries were
  seen, and a look goes `OVERLAP_SECONDS` further back, from the mark or from now, whichever is
  earlier. A retry is written by who holds the lane only, in a transaction that begins after its
  attempt has ended: whoever waits longer than that for its end, or sees the clock step back, begins
  from the start.
- A time that lies further ahead than any retry can be put off has passed: the clock was wrong when
  it was written.

The numbers are those of one server's life. Where another one answers (after a failover it may give
numbers anew), the look begins from the start, and so it does now and then in any case.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Final

import msgspec

from pulse_router.domain.deliveries import ROW_BYTES, Delivery, DueDeliveries
from pulse_router.domain.queue_marks import HIGHEST_ID, OVERLAP_SECONDS, QueueMark, WorkMark
from pulse_router.postgres.transaction import Record
from pulse_router.stores.deliveries.pushbacks import read_pushbacks

FAR_AHEAD: Final = "interval '25 hours'"
"""Further ahead than any retry is put off."""

_OUR_ERA: Final = -62_135_596_800.0

_WANTED: Final = """
id, tenant_id, route_id, device_id, topic, payload, event_id, event_time, trace, attempts,
pushbacks, pushback_seconds
"""

_IN_PLACE: Final = 10
"""So many of these come in the order of a delivery's own fields: by name each would cost more."""

# Of what was found, as much as the caller has room for, but at least the first.
_WITHIN_BYTES: Final = f"""
SELECT * FROM (
  SELECT *, row_number() OVER in_turn AS place, sum(bytes) OVER in_turn - bytes AS bytes_before
  FROM (SELECT *, octet_length(payload::text) + coalesce(octet_length(trace), 0) + {ROW_BYTES}
               AS bytes FROM candidates) AS sized
  WINDOW in_turn AS (ORDER BY turn, id ROWS UNBOUNDED PRECEDING)
) AS weighed
WHERE place = 1 OR bytes_before + bytes <= $4
"""  # noqa: S608 - fixed text

# What was never attempted: behind the mark, and what was in doubt before it.
_NEW: Final = f"""
fresh AS (
  SELECT {_WANTED}, next_attempt_at, entered FROM route_deliveries
  WHERE route_id = $1 AND attempts = 0 AND (entered, id) > ($5::text::xid8, $6::bigint)
    AND id <> ALL ($2::bigint[])
  ORDER BY entered, id LIMIT $3
), late AS (
  SELECT {_WANTED}, next_attempt_at FROM route_deliveries
  WHERE route_id = $1 AND attempts = 0 AND entered = ANY ($7::text[]::xid8[])
    AND (entered, id) <= ($5::text::xid8, $6::bigint) AND id <> ALL ($2::bigint[])
  LIMIT $3
)
"""  # noqa: S608 - fixed text

# What the mark is made of. `…_left` is the first that was found and does not fit any more.
_NOTE: Final = """
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
json_build_object(
  'found', (SELECT count(*) FROM candidates),
  'snapshot', pg_current_snapshot(),
  'server', extract(epoch FROM pg_postmaster_start_time())::text,
  'now', extract(epoch FROM now())::double precision,
  'fresh', (SELECT count(*) FROM fresh),
  'fresh_end', (SELECT json_build_array(entered::text, id) FROM fresh
                ORDER BY entered DESC, id DESC LIMIT 1),
  'fresh_left', (SELECT json_build_array(entered::text, id) FROM fresh
                 WHERE id NOT IN (SELECT id FROM fitting) ORDER BY entered, id LIMIT 1),
  'late', (SELECT count(*) FROM late),
  'late_left', (SELECT count(*) FROM late WHERE id NOT IN (SELECT id FROM fitting)),
  %s
)::text
"""

_RETRIES: Final = f"""
  'retried', (SELECT count(*) FROM retried),
  'retried_end', (SELECT extract(epoch FROM max(greatest(next_attempt_at, '0001-01-01')))::float8
                  FROM retried),
  'retried_left', (SELECT extract(epoch FROM min(greatest(next_attempt_at, '0001-01-01')))::float8
                   FROM retried WHERE id NOT IN (SELECT id FROM fitting)),
  'due_after', (
    SELECT extract(epoch FROM next_attempt_at - now())::double precision FROM route_deliveries
    WHERE route_id = $1 AND attempts > 0 AND next_attempt_at > now()
      AND next_attempt_at <= now() + {FAR_AHEAD} AND id <> ALL ($2::bigint[])
    ORDER BY next_attempt_at LIMIT 1)
"""  # noqa: S608 - fixed text

# One round trip. Of those that are due, the longest due come first, and before them what a clock
# that was ahead has written.
DUE: Final = f"""
WITH {_NEW}, retried AS (
  SELECT {_WANTED}, next_attempt_at FROM route_deliveries
  WHERE route_id = $1 AND attempts > 0 AND next_attempt_at <= now()
    AND next_attempt_at >= least(to_timestamp($8::double precision), now())
                           - interval '{OVERLAP_SECONDS:g} seconds'
    AND id <> ALL ($2::bigint[])
  ORDER BY next_attempt_at, id LIMIT $3
), far AS (
  SELECT {_WANTED}, next_attempt_at FROM route_deliveries
  WHERE route_id = $1 AND attempts > 0 AND next_attempt_at > now() + {FAR_AHEAD}
    AND id <> ALL ($2::bigint[])
  ORDER BY next_attempt_at, id LIMIT $3
), candidates AS (
  SELECT {_WANTED}, CASE WHEN next_attempt_at <= now() THEN next_attempt_at
                         ELSE '-infinity' END AS turn
  FROM (SELECT {_WANTED}, next_attempt_at FROM fresh
        UNION ALL TABLE late UNION ALL TABLE retried UNION ALL TABLE far) AS due
  ORDER BY turn, id LIMIT $3
), fitting AS MATERIALIZED ({_WITHIN_BYTES})
SELECT {_WANTED}, NULL::double precision AS due_after, NULL::text AS note FROM fitting
UNION ALL
{_NOTE % _RETRIES}
"""  # noqa: S608 - fixed text

# Each of the conditions fits one index alone: the planner, who counts no dead, would take another.
# By event order, due or not. What was never attempted came in that order; of what was, the oldest
# comes first, whenever it is due.
DUE_IN_ORDER: Final = f"""
WITH {_NEW}, attempted AS (
  SELECT {_WANTED}, next_attempt_at FROM route_deliveries
  WHERE route_id = $1 AND attempts > 0 AND (route_id, id) >= ($1, $8::bigint)
    AND id <> ALL ($2::bigint[])
  ORDER BY id LIMIT $3
), candidates AS (
  SELECT {_WANTED}, next_attempt_at, id AS turn
  FROM (SELECT {_WANTED}, next_attempt_at FROM fresh
        UNION ALL TABLE late UNION ALL TABLE attempted) AS pending
  ORDER BY id LIMIT $3
), fitting AS MATERIALIZED ({_WITHIN_BYTES})
SELECT {_WANTED},
       CASE WHEN attempts = 0 OR next_attempt_at <= now() THEN 0
            WHEN next_attempt_at > now() + {FAR_AHEAD} THEN 0
            ELSE extract(epoch FROM next_attempt_at - now())::double precision
       END AS due_after,
       NULL::text AS note
FROM fitting
UNION ALL
{_NOTE % "'due_after', NULL"}
"""  # noqa: S608 - fixed text


class _Note(msgspec.Struct):
    """What a look tells of itself."""

    found: int
    snapshot: str
    server: str
    now: float
    fresh: int
    late: int
    late_left: int
    fresh_end: tuple[str, int] | None = None
    fresh_left: tuple[str, int] | None = None
    retried: int = 0
    retried_end: float | None = None
    retried_left: float | None = None
    due_after: float | None = None


def arguments(since: QueueMark, *, in_order: bool) -> Sequence[object]:
    """Give a mark as `DUE` ($5 to $8) or `DUE_IN_ORDER` takes it."""
    return [
        str(since.entered),
        since.id,
        list_in_doubt(since.in_doubt),
        since.attempted_from if in_order else since.retried_to,
    ]


def list_in_doubt(numbers: Sequence[int]) -> Sequence[str]:
    """Give transactions as a query takes them.

    Never none at all, for then the planner may as well take an index of other rows, and read it.
    """
    return [str(number) for number in numbers] or ["0"]


def read(
    rows: Sequence[Record], *, since: QueueMark, limit: int, in_order: bool
) -> DueDeliveries | None:
    """Read what a look has found.

    Args:
        rows: The answer.
        since: Where the look began.
        limit: How many it was to find.
        in_order: Whether by event order.

    Returns:
        It; None when the mark is of another server, so that something may lie before it.
    """
    *found, last = rows
    note = msgspec.json.decode(last["note"], type=_Note)
    if since.server not in ("", note.server):
        return None
    due = found
    after = note.due_after
    if in_order:
        due = list(itertools.takewhile(lambda row: not row["due_after"], found))
    is_held_back = len(due) < len(found)
    if is_held_back:
        after = found[len(due)]["due_after"]
    elif found and (note.found > len(found) or len(found) >= limit):
        after = 0.0
    mark = None if is_held_back else _mark(since, note, limit)
    return DueDeliveries([_read_delivery(row) for row in due], after, mark)


def _mark(since: QueueMark, note: _Note, limit: int) -> QueueMark:
    below, in_progress = parse_snapshot(note.snapshot)
    # Nothing that was visible is newer; rows of a restored backup may say that they are.
    entered, last_id = below - 1, HIGHEST_ID
    if note.fresh_left is not None:
        entered, last_id = min(
            (entered, last_id), (int(note.fresh_left[0]), note.fresh_left[1] - 1)
        )
    elif note.fresh_end is not None and note.fresh >= limit:
        entered, last_id = min((entered, last_id), (int(note.fresh_end[0]), note.fresh_end[1]))
    in_doubt = {number for number in in_progress if number <= entered}
    if note.late_left or note.late >= limit:
        in_doubt.update(since.in_doubt)
    retried_to = note.now
    if note.retried_left is not None:
        retried_to = note.retried_left
    elif note.retried_end is not None and note.retried >= limit:
        retried_to = note.retried_end
    return QueueMark(
        entered=entered,
        id=last_id,
        in_doubt=sorted(in_doubt),
        # Times before our era are not told, for JSON has no infinity.
        retried_to=retried_to if retried_to > _OUR_ERA else -math.inf,
        attempted_from=since.attempted_from,
        server=note.server,
        now=note.now,
    )


def parse_snapshot(text: str) -> tuple[int, Sequence[int]]:
    """Read a `pg_snapshot`: which number had not begun, and which lower ones had not ended."""
    _, below, in_progress = text.split(":")
    return int(below), [int(number) for number in in_progress.split(",") if number]


def read_work_mark(snapshot: str, server: str) -> WorkMark:
    """Make the mark of a search for routes with work."""
    below, in_progress = parse_snapshot(snapshot)
    return WorkMark(below, in_progress, server)


def _read_delivery(row: Record) -> Delivery:
    delivery = Delivery(*row[:_IN_PLACE])
    if row[_IN_PLACE] is not None or row[_IN_PLACE + 1] is not None:  # its pushbacks
        delivery.pushbacks, delivery.pushback_seconds = read_pushbacks(row)
    return delivery
