"""What ingest says to PostgreSQL: the statements that store a batch, and what is kept of it."""

from __future__ import annotations

from typing import Final

from pulse_router.domain.messages import Message, NewDelivery, Rejection

TELEMETRY: Final = Message._fields
REJECTED: Final = Rejection._fields
DELIVERIES: Final = NewDelivery._fields
COUNTS: Final = ("received", "stored", "rejected", "duplicate", "dropped", "matched", "written")

NOTE: Final = """
INSERT INTO ingest_batches
  (client_id, sequence, run_id, last_id, packet_ids, digests,
   received, stored, rejected, duplicate, dropped, matched, written, tenants)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (client_id, sequence) DO NOTHING
RETURNING sequence
"""
"""Takes a sequence number and writes the counts; gives no row when it is taken already."""

STORE_FEW: Final = f"SELECT pulse_store_few({', '.join(f'${n + 1}' for n in range(31))})"
"""Stores messages and deliveries in one round trip: what `NOTE` takes, then their columns."""

FIND_RUN: Final = "SELECT run_id FROM ingest_batches WHERE client_id = $1 AND sequence = $2"

LOAD_SEEN: Final = """
SELECT sequence, last_id, packet_ids, digests
FROM (
  SELECT sequence, last_id, packet_ids, digests,
         sum(cardinality(packet_ids)) OVER (ORDER BY sequence DESC) - cardinality(packet_ids)
           AS newer
  FROM ingest_batches
  WHERE client_id = $1
) AS batches
WHERE newer < $2
ORDER BY sequence
"""

PRUNE: Final = """
WITH tail AS (
  SELECT sequence,
         sum(cardinality(packet_ids)) OVER (ORDER BY sequence DESC) - cardinality(packet_ids)
           AS newer
  FROM ingest_batches
  WHERE client_id = $1
), gone AS (
  DELETE FROM ingest_batches
  WHERE client_id = $1 AND sequence IN (SELECT sequence FROM tail WHERE newer >= $2)
  RETURNING received, dropped, matched, tenants
), counts AS (
  SELECT $3 AS tenant_id, totals.name, totals.value
  FROM gone, LATERAL (VALUES ('received', received), ('dropped', dropped), ('matched', matched))
                      AS totals (name, value)
  UNION ALL
  SELECT by_tenant.tenant_id, counts.name, counts.value::bigint
  FROM gone,
       LATERAL jsonb_each(tenants) AS by_tenant (tenant_id, counts),
       LATERAL jsonb_each_text(by_tenant.counts) AS counts (name, value)
)
INSERT INTO ledger_totals (tenant_id, name, value)
SELECT tenant_id, name, sum(value) FROM counts GROUP BY 1, 2 HAVING sum(value) > 0 ORDER BY 1, 2
ON CONFLICT (tenant_id, name) DO UPDATE SET value = ledger_totals.value + excluded.value
"""

KNOWN_TENANTS: Final = """
SELECT tenant_id FROM ledger_totals WHERE name = 'stored'
UNION
SELECT tenant_id FROM ingest_batches,
       LATERAL jsonb_each(tenants) AS by_tenant (tenant_id, counts)
WHERE counts ? 'stored'
"""
