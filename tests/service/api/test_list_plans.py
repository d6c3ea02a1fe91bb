"""By which plans pages of lists are found: what is read is what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from pulse_router.postgres.database import Database
from pulse_router.runtime.pages import Wanted
from pulse_router.stores import lists
from pulse_router.stores.dead_letters.dead_letters import LISTED
from pulse_router.stores.lists import List, Question
from pulse_router.stores.rejections import REJECTED
from pulse_router.stores.roles import Role
from tests.support.servers.postgres import PostgresForTests

REJECT = """
INSERT INTO rejected_messages (received_at, tenant_id, device_id, topic, reason, detail, payload)
SELECT now() - (50000 - n) * interval '1 s', $1, 'D' || n % 9, 't', 'BAD_JSON', 'd', 'x'
FROM generate_series($2::int, $3::int) AS n
"""
BURY = """
INSERT INTO dead_letter_messages
  (delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic, payload,
   destination_type, destination_config, error_message, attempts, status, created_at)
SELECT n, $1, n % 9, 'D' || n % 9, n, now(), 't', '{}', 'webhook', '{}', 'HTTP 500', 1,
       CASE n % 1000 WHEN 1 THEN 'DISCARDED' ELSE 'FAILED' END,
       '2026-01-01Z'::timestamptz + n * interval '1 s'
FROM generate_series($2::int, $3::int) AS n
"""
MOMENT = datetime(2026, 1, 1, 1, tzinfo=UTC)
"""When one of the dead letters came to be."""
ASKED: list[tuple[List, dict[str, object]]] = [
    (LISTED, {}),
    (LISTED, {"status = {}": "FAILED"}),
    (LISTED, {"status = {}": "DISCARDED"}),
    (LISTED, {"route_id = {}": 3}),
    (LISTED, {"route_id = {}": 3, "status = {}": "DISCARDED"}),
    (LISTED, {"route_id = {}": 3, "status = {}": "FAILED"}),
    (LISTED, {"device_id = {}": "D3"}),
    (LISTED, {"created_at >= {}": MOMENT, "created_at < {}": MOMENT + timedelta(seconds=90)}),
    (LISTED, {"id < {}": 500}),
    (REJECTED, {}),
    (REJECTED, {"reason = {}": "BAD_JSON"}),
    (REJECTED, {"reason = {}": "EMPTY"}),
    (REJECTED, {"device_id = {}": "D3"}),
    (REJECTED, {"device_id = {}": "D3", "reason = {}": "EMPTY"}),
]


async def test_a_page_reads_what_is_on_it_whatever_others_have(
    database: Database,
    postgres_server: PostgresForTests,
    database_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The rows of one tenant lie behind as many of a neighbour, and may not be read past them."""
    monkeypatch.setattr(lists, "COUNTED_AT_MOST", 100)
    rows = 20_000
    async with database.transaction(Role.OPERATOR) as transaction:
        for number, tenant in enumerate(("TENANT1", "TENANT2")):
            part = tenant, number * rows + 1, (number + 1) * rows
            await transaction.execute(BURY, *part)
            await transaction.execute(REJECT, *part)
    for table in ("dead_letter_messages", "rejected_messages"):
        postgres_server.psql(database_name, f"VACUUM (ANALYZE) {table}")
    for listed, conditions in ASKED:
        plan = await explained(database, listed, conditions)
        removed = sum(found for found in removed_by_filters(plan))
        assert removed < 1000, (conditions, plan)


@pytest.mark.parametrize(("listed", "conditions"), [each for each in ASKED if each[0] is LISTED])
async def test_counting_reads_an_index_alone_where_nearly_all_is_one_tenants(
    database: Database,
    postgres_server: PostgresForTests,
    database_name: str,
    listed: List,
    conditions: dict[str, object],
) -> None:
    """Each row of the table lies in another block of the disk."""
    rows = 20_000
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute(BURY, "TENANT1", 1, rows)
    postgres_server.psql(database_name, "VACUUM (ANALYZE) dead_letter_messages")
    plan = await explained(database, listed, conditions)
    blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    assert blocks < rows / 100, plan


async def explained(database: Database, listed: List, conditions: dict[str, object]) -> Any:
    """Ask for a page of TENANT1's, and give the plan by which it was found."""
    question = Question()
    sql = question.ask(listed, {"tenant_id = {}": "TENANT1", **conditions}, Wanted(limit=50))
    (row,) = await database.query(
        Role.APP,
        f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}",
        *question.values,
        tenant_id="TENANT1",
        read_only=True,
        local=lists.BY_ROWS,
    )
    plan = row[0] if isinstance(row[0], list) else msgspec.json.decode(row[0])
    return plan[0]["Plan"]


def removed_by_filters(node: dict[str, Any]) -> Iterator[int]:
    """How many rows each step of a plan has read for nothing."""
    yield node.get("Rows Removed by Filter", 0) * node["Actual Loops"]
    for inner in node.get("Plans", ()):
        yield from removed_by_filters(inner)
