"""Totals of routes and of the books: merged now and then, whoever is alive, and cheap to read."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Final

from pulse_router.domain.insight.flows import RouteFlows
from pulse_router.postgres.database import Database
from pulse_router.runtime.ledger import NOBODY, OTHERS
from pulse_router.stores import flows, overview
from pulse_router.stores.deltas import READ_ROUTE_MARK, merge_deltas
from pulse_router.stores.flows import PostgresFlowSource
from pulse_router.stores.ingest import ledger
from pulse_router.stores.ingest.ledger import PostgresLedgerStore
from pulse_router.stores.overview import PostgresOverviewStore
from pulse_router.stores.roles import Role
from pulse_router.stores.routes import stats
from pulse_router.stores.routes.stats import PostgresRouteStatsStore
from tests.support.delivery.held_snapshot import buffers, held_snapshot
from tests.support.servers.postgres import PostgresForTests

ROUTES: Final = 100
MERGES: Final = 120
"""How often it is merged within an hour."""
ALLOWANCE: Final = 10

FILL: Final = f"""
INSERT INTO message_routes (id, tenant_id, name, topic_filter, destination_type)
OVERRIDING SYSTEM VALUE SELECT n, 'T', 'r', '#', 'webhook' FROM generate_series(1, {ROUTES}) AS n
"""
ADD: Final = f"""
INSERT INTO route_deltas (route_id, tenant_id, delivered, failed, last_error, last_error_at)
SELECT n, 'T', 2, 1, 'HTTP 500', now() FROM generate_series(1, {ROUTES}) AS n;
INSERT INTO ledger_deltas (tenant_id, name, value)
SELECT tenant_id, name, 2
FROM unnest(ARRAY['T', 'U', 'V']) AS tenant_id, unnest(ARRAY['delivered', 'queued']) AS name
"""
OLDER: Final = "INSERT INTO lane_owners (owner, expires_at) VALUES ('older', {})"


async def add(database: Database) -> None:
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute(ADD)
    await merge_deltas(database, Role.OPERATOR)


async def costs(database: Database) -> Mapping[str, int]:
    """Count the buffers that each reader of totals touches, and the mark."""
    [mark] = await database.query(Role.OPERATOR, READ_ROUTE_MARK, read_only=True)
    along = ";".join(f"SET LOCAL {name} = {value}" for name, value in stats._ALONG_INDEXES.items())
    cost = functools.partial(buffers, database)
    of_route = (1, 10, mark["entered"], mark["in_doubt"])
    return {
        "a route": await cost(stats._STATS, "T", *of_route, tenant_id="T"),
        "ten routes": await cost(stats._STATS_OF, "T", list(range(1, 11)), 10, before=along),
        "a tenant's books": await cost(overview._BOOKS, "T", 10, before=along),
        "what has moved": await cost(flows._FLOWS, ["T"], [], [1, 2], before=along),
        "the books": await cost(ledger._AUDIT, 100, 1000, OTHERS, NOBODY),
        "the queue's depth": await cost(ledger._PENDING),
        "the mark": await cost(READ_ROUTE_MARK),
        "the books step by step": await cost("SELECT * FROM pulse_ledger_sums_by_steps()"),
    }


async def test_totals_cost_what_they_cost_however_often_they_were_merged_under_a_held_snapshot(
    postgres_server: PostgresForTests, database_name: str, database: Database
) -> None:
    postgres_server.psql(database_name, FILL)
    await add(database)
    postgres_server.psql(database_name, "VACUUM ANALYZE")
    without = await costs(database)
    async with held_snapshot(database):
        for _ in range(MERGES):
            await add(database)
        held = await costs(database)
    for name, cost in held.items():
        assert cost <= 2 * without[name] + ALLOWANCE, (name, without, held)


async def test_no_total_is_written_in_place(
    postgres_server: PostgresForTests, database_name: str, database: Database
) -> None:
    postgres_server.psql(database_name, FILL)
    for _ in range(3):
        await add(database)
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute("SELECT pg_stat_force_next_flush()")
    written = postgres_server.psql(
        database_name,
        "SELECT sum(n_tup_upd), sum(n_tup_ins) >= 300 FROM pg_stat_user_tables WHERE relname IN"
        " ('route_totals', 'ledger_totals', 'route_sums', 'ledger_sums', 'delta_marks')",
    )
    assert written.strip() == "0|t"


async def test_totals_move_to_where_a_router_of_the_release_before_reads_while_it_is_alive(
    postgres_server: PostgresForTests, database_name: str, database: Database
) -> None:
    def ask(sql: str) -> str:
        return postgres_server.psql(database_name, sql).strip()

    async def is_counted(times: int) -> None:
        counts = await PostgresRouteStatsStore(database).load_counts("T", 7)
        assert counts is not None
        assert (counts.delivered, counts.failed, counts.last_error) == (
            2 * times,
            times,
            "HTTP 500",
        )
        books = (await PostgresLedgerStore(database).audit()).tenants
        assert books["T"]["queued"] == books["V"]["queued"] == 2 * times
        seen = await PostgresOverviewStore(database).load_books("T")
        assert seen.counts["delivered"] == 2 * times
        moved = await PostgresFlowSource(database).load_flows(["T"], whole=["T"], routes=[7])
        assert moved.tenants["T"]["delivered"] == 2 * times
        assert moved.routes["T"][7] == RouteFlows(2 * times, times, 0)
        assert len(moved.routes["T"]) == ROUTES

    ask(FILL)
    await add(database)
    assert ask("SELECT count(*) FROM route_totals") == "0"
    await is_counted(1)

    ask(OLDER.format("now() + interval '1 hour'"))
    await add(database)
    assert ask("SELECT count(*) FROM route_sums") == "0"
    assert ask("SELECT delivered FROM route_totals WHERE route_id = 7") == "4"
    assert ask("SELECT last_error FROM route_totals WHERE route_id = 7") == "HTTP 500"
    assert ask("SELECT value FROM ledger_totals WHERE tenant_id = 'V' AND name = 'queued'") == "4"
    await is_counted(2)

    ask("UPDATE lane_owners SET expires_at = now() - interval '1 second'")
    await add(database)
    await add(database)
    assert ask("SELECT delivered FROM route_totals WHERE route_id = 7") == "4"
    assert ask("SELECT delivered FROM route_sums WHERE route_id = 7") == "4"
    await is_counted(4)


async def test_books_that_are_read_step_by_step_are_the_books(
    postgres_server: PostgresForTests, database_name: str, database: Database
) -> None:
    postgres_server.psql(database_name, FILL)
    for _ in range(3):
        await add(database)
    asked = "SELECT tenant_id, name, value FROM {} ORDER BY 1, 2"
    assert (
        postgres_server.psql(database_name, asked.format("pulse_ledger_sums_by_steps()"))
        == postgres_server.psql(database_name, asked.format("ledger_sums"))
        == postgres_server.psql(database_name, asked.format("pulse_ledger_totals()"))
    )
