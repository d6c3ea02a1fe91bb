"""What ingest says to PostgreSQL: the statements that store a batch, and what is kept of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pulse_router.domain.messages import Message, NewDelivery, Rejection
from pulse_router.stores.deltas import MERGED_LEDGER, UNMERGED_LEDGER
from pulse_router.stores.sums import in_bigint, in_integer

TELEMETRY: Final = Message._fields
REJECTED: Final = Rejection._fields
DELIVERIES: Final = NewDelivery._fields
COUNTS: Final = ("received", "stored", "rejected", "duplicate", "dropped", "matched", "written")

COUNTS_BY_TENANT: Final = """
LATERAL jsonb_each(CASE jsonb_typeof(tenants) WHEN 'object' THEN tenants ELSE '{}' END)
  AS by_tenant (tenant_id, counts),
LATERAL jsonb_each_text(CASE jsonb_typeof(by_tenant.counts) WHEN 'object' THEN by_tenant.counts
                        ELSE '{}' END) AS told (name, text),
LATERAL (SELECT told.name, CASE WHEN told.text ~ '^[0-9]{1,15}$' THEN told.text::bigint
                           ELSE 0 END) AS counts (name, value)
"""
"""Takes the counts of a batch apart; what is no count, as in a row written by hand, counts 0."""

_OURS: Final = f"sequence <= {2**62}"
"""A commit's number counts from 1. A row far beyond, written by hand, is no commit of ours: there
would be no number left for the next, and what it says came last would be taken for what did."""

NOTE: Final = """
INSERT INTO ingest_batches
  (client_id, sequence, run_id, last_id, packet_ids, digests,
   received, stored, rejected, duplicate, dropped, matched, written, tenants)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
FROM (SELECT FROM ingest_nodes WHERE client_id = $1 AND run_id = $3 FOR SHARE) AS life
ON CONFLICT (client_id, sequence) DO NOTHING
RETURNING sequence
"""
"""Takes a sequence number and writes the counts, and holds the row of the life until the end.

Gives no row when the number is taken already, or the life is over.
"""

COMMIT_BATCH: Final = f"SELECT pulse_commit_batch({', '.join(f'${n + 1}' for n in range(40))})"
"""Stores a batch in one round trip.

Takes what `NOTE` takes, then the columns of messages, deliveries and rejections, then the routes
that have by its being stored, and how much. Answers `STORED`, or why not.
"""
STORED: Final = 1

COMMIT_WHOLE: Final = f"SELECT pulse_commit_whole({', '.join(f'${n + 1}' for n in range(54))})"
"""The same where a delivery has a trace or a message a number.

Takes one column more of deliveries, and at the end the columns of last numbers and of gaps.
"""

FIND_STORED: Final = """
SELECT run_id, received, stored, rejected, duplicate, dropped, matched, written
FROM ingest_batches WHERE client_id = $1 AND sequence = $2
"""

LOAD_SEEN: Final = f"""
SELECT sequence, last_id,
       CASE WHEN sequence > began_after THEN packet_ids ELSE '{{}}' END AS packet_ids,
       CASE WHEN sequence > began_after THEN digests ELSE '{{}}' END AS digests
FROM (
  SELECT sequence, last_id, packet_ids, digests,
         sum(cardinality(packet_ids)) OVER (ORDER BY sequence DESC) - cardinality(packet_ids)
           AS newer
  FROM pulse_batches_of($1) AS batch
  WHERE {_OURS}
) AS batches, (
  SELECT coalesce(max(began_after), 0) AS began_after FROM mqtt_sessions WHERE client_id = $1
) AS session
WHERE newer < $2
ORDER BY sequence
"""  # noqa: S608 - fixed text

PRUNE: Final = f"""
WITH tail AS (
  SELECT sequence, cardinality(packet_ids) AS size,
         sum(cardinality(packet_ids)) OVER (ORDER BY sequence DESC) - cardinality(packet_ids)
           AS newer,
         max(sequence) OVER () AS newest
  FROM pulse_batches_of($1) AS batch
  WHERE {_OURS}
), gone AS (
  DELETE FROM ingest_batches
  WHERE client_id = $1 AND sequence = ANY (ARRAY(
    SELECT sequence FROM tail WHERE newer >= $2 OR (size = 0 AND sequence < newest)
  ))
  RETURNING received, dropped, matched, tenants
), counts AS (
  SELECT $3 AS tenant_id, totals.name, totals.value
  FROM gone, LATERAL (VALUES ('received', received), ('dropped', dropped), ('matched', matched))
                      AS totals (name, value)
  UNION ALL
  SELECT by_tenant.tenant_id, counts.name, counts.value FROM gone, {COUNTS_BY_TENANT}
)
INSERT INTO ledger_deltas (tenant_id, name, value)
SELECT tenant_id, name, {in_bigint("sum(value)")} FROM counts
GROUP BY 1, 2 HAVING sum(value) > 0
"""  # noqa: S608 - fixed text

MERGE: Final = f"""
WITH batches AS (
  SELECT sequence, digests, packet_ids, max(sequence) OVER () AS newest
  FROM pulse_batches_of($1) AS batch WHERE {_OURS}
), aged AS (
  SELECT sequence, cardinality(packet_ids) AS size,
         count(*) FILTER (WHERE cardinality(packet_ids) >= $2) OVER (ORDER BY sequence) AS run
  FROM batches
  WHERE sequence < newest
    AND cardinality(digests) = cardinality(packet_ids)
    AND 1 = ALL (ARRAY[array_ndims(digests), array_ndims(packet_ids), 1]) IS NOT FALSE
), parted AS (
  SELECT sequence, run,
         (sum(size) OVER (PARTITION BY run ORDER BY sequence) - size) / $2 AS part
  FROM aged WHERE size < $2
), grouped AS (
  SELECT sequence, max(sequence) OVER same AS merged, count(*) OVER same AS members
  FROM parted
  WINDOW same AS (PARTITION BY run, part)
), gone AS (
  DELETE FROM ingest_batches AS batch USING grouped
  WHERE batch.client_id = $1 AND batch.sequence = grouped.sequence AND members > 1
  RETURNING batch.*, merged
), by_name AS (
  SELECT merged, by_tenant.tenant_id, counts.name, sum(counts.value) AS value
  FROM gone, {COUNTS_BY_TENANT}
  GROUP BY 1, 2, 3
), by_tenant AS (
  SELECT merged, tenant_id, jsonb_object_agg(name, value) AS counts FROM by_name GROUP BY 1, 2
), all_tenants AS (
  SELECT merged, jsonb_object_agg(tenant_id, counts) AS tenants FROM by_tenant GROUP BY 1
), sums AS (
  SELECT merged, (array_agg(run_id ORDER BY sequence DESC))[1] AS run_id,
         max(last_id) AS last_id, max(committed_at) AS committed_at,
         pulse_concat(packet_ids ORDER BY sequence) AS packet_ids,
         pulse_concat(digests ORDER BY sequence) AS digests,
         {", ".join(f"{in_integer(f'sum({name})')} AS {name}" for name in COUNTS)}
  FROM gone GROUP BY merged
)
INSERT INTO ingest_batches
  (client_id, sequence, run_id, last_id, committed_at, packet_ids, digests,
   received, stored, rejected, duplicate, dropped, matched, written, tenants)
SELECT $1, merged, run_id, last_id, committed_at, packet_ids, digests,
       received, stored, rejected, duplicate, dropped, matched, written, coalesce(tenants, '{{}}')
FROM sums LEFT JOIN all_tenants USING (merged)
"""  # noqa: S608 - fixed text
"""Makes few rows of many small ones that follow each other; what they say together stays the same.

The newest stays alone: it may be asked for, should its commit's answer be lost. So do those that
are large, and those whose ids and digests do not belong together.
"""


def _keep_mark(source: str) -> str:
    return f"""
WITH gone AS (
  DELETE FROM ingest_batch_marks WHERE client_id = $1 AND id = (
    SELECT id FROM ingest_batch_marks WHERE client_id = $1 ORDER BY id DESC LIMIT 1)
)
INSERT INTO ingest_batch_marks (client_id, since, live)
SELECT $1, max(sequence), array_agg(sequence ORDER BY sequence)
FROM {source} AS batch WHERE client_id = $1 AND {_OURS} HAVING count(*) > 0
"""  # noqa: S608 - fixed text


KEEP_MARK: Final = _keep_mark("pulse_batches_of($1)")
"""Writes down which batches are left: whoever reads them passes none that have gone."""

KEEP_MARK_ANEW: Final = _keep_mark("ingest_batches")
"""The same whatever was written down before, which somebody may have made up."""

KNOWN_TENANTS: Final = f"""
SELECT tenant_id FROM {MERGED_LEDGER} WHERE name = 'stored'
UNION
SELECT tenant_id FROM {UNMERGED_LEDGER} WHERE name = 'stored'
UNION
SELECT by_tenant.tenant_id FROM pulse_batches() AS batch, {COUNTS_BY_TENANT}
WHERE counts.name = 'stored'
"""  # noqa: S608 - fixed text


def in_columns(
    rows: Sequence[tuple[object, ...]], names: Sequence[str]
) -> Sequence[Sequence[object]]:
    """Turn rows into columns, empty ones where there are no rows."""
    return list(zip(*rows, strict=True)) if rows else [()] * len(names)
