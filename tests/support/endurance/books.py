"""The books of promise 5, drawn up by the test itself from the tables that they speak of."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.support.commands.router import World
from tests.support.waiting import wait_until

FLOWS = """
SELECT name, sum(value) FROM (
  SELECT name, value FROM ingest_batches, LATERAL (VALUES
    ('received', received), ('stored', stored), ('rejected', rejected), ('written', written),
    ('duplicate', duplicate), ('dropped', dropped), ('matched', matched)
  ) AS counts (name, value)
  UNION ALL SELECT name, value FROM ledger_totals
  UNION ALL SELECT name, value FROM ledger_sums
  UNION ALL SELECT name, value FROM ledger_deltas
) AS flows GROUP BY name
"""
BY_TENANT = """
SELECT name || ' by tenant', sum(value) FROM (
  SELECT counts.name, counts.value::bigint FROM ingest_batches,
    LATERAL jsonb_each(tenants) AS by_tenant (tenant_id, counts),
    LATERAL jsonb_each_text(by_tenant.counts) AS counts (name, value)
  UNION ALL SELECT name, value FROM ledger_totals
  UNION ALL SELECT name, value FROM ledger_sums
  UNION ALL SELECT name, value FROM ledger_deltas
) AS flows GROUP BY name
"""
STOCKS = """
WITH receipts AS (
  SELECT unnest(delivery_ids) AS id FROM delivery_receipts
  UNION ALL SELECT unnest(delivery_ids) FROM receipt_deltas
)
SELECT 'telemetry', count(*) FROM telemetry
UNION ALL SELECT 'telemetry ids', count(DISTINCT event_id) FROM telemetry
UNION ALL SELECT 'refused', count(*) FROM rejected_messages
UNION ALL SELECT 'pending', count(*) FROM route_deliveries
UNION ALL SELECT 'pending messages', count(DISTINCT event_id) FROM route_deliveries
UNION ALL SELECT 'dead_lettered', count(*) FROM dead_letter_messages WHERE status = 'FAILED'
UNION ALL SELECT 'receipts', count(*) FROM receipts
UNION ALL SELECT 'receipt ids', count(DISTINCT id) FROM receipts
"""


def read_books(world: World) -> Counter[str]:
    """Give every count by name, of one moment: what a killed router has sent may still commit."""
    queries = f"{FLOWS}; {BY_TENANT}; {STOCKS}"
    rows = world.rows(f"BEGIN ISOLATION LEVEL REPEATABLE READ; {queries}; COMMIT")
    return Counter({row[0]: int(row[1]) for row in rows if len(row) == 2})


def assert_books_balance(world: World, *, capped: int = 0) -> Counter[str]:
    """Hold the ledger against the tables; the router need not run.

    Args:
        world: Whose database.
        capped: How many rejections were counted and not stored.

    Returns:
        The books, for tests that expect certain counts.
    """
    books = read_books(world)
    ends: tuple[str, ...] = ("stored", "rejected", "duplicate", "dropped")
    assert books["received"] == sum(books[name] for name in ends), books
    assert books["stored"] == books["telemetry"] == books["telemetry ids"], books
    assert books["rejected"] == books["refused"] + capped, books
    ends = (
        "written",
        "delivered",
        "pending",
        "dead_lettered",
        "replayed",
        "discarded",
    )
    assert books["matched"] == sum(books[name] for name in ends), books
    ends = ("dead_lettered", "replayed", "discarded")
    assert books["buried"] == sum(books[name] for name in ends), books
    for name in ("stored", "rejected", "duplicate", "written"):
        assert books[f"{name} by tenant"] == books[name], (name, books)
    return books


async def assert_router_says_so(world: World) -> dict[str, Any]:
    """Wait until the router has nothing in hand, and take its own word for its books."""
    said: dict[str, Any] = {}

    def is_settled() -> bool:
        answer = world.router.get("/health")
        said.update({} if answer is None else answer.json()["ledger"])
        return said.get("in_hand") == 0 and said["balanced"]

    try:
        await wait_until(is_settled, seconds=20)
    finally:
        assert said.get("balanced"), said
    return said
