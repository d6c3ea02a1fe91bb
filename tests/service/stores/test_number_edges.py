"""Numbers at the edge of what their columns hold end no commit, no merging and no answer."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import attrs
import pytest

from pulse_router.domain.budgets import Budget, Budgets
from pulse_router.domain.deliveries import AttemptRecord, DeadLetterStatus
from pulse_router.domain.messages import IngestCounts
from pulse_router.postgres.database import Database
from pulse_router.runtime.ledger import NOBODY
from pulse_router.stores.backlogs import PostgresBacklogs
from pulse_router.stores.dead_letters.dead_letters import PostgresDeadLetterStore
from pulse_router.stores.deliveries.leases import PostgresLeaseStore
from pulse_router.stores.deltas import merge_deltas
from pulse_router.stores.ingest.ledger import (
    PostgresLedgerStore,
    add_to_totals,
    pending_by_books,
)
from pulse_router.stores.roles import Role
from pulse_router.stores.routes.stats import PostgresRouteStatsStore
from tests.support.ingest.commits import NOW, commit_of, message
from tests.support.ingest.lives import begun, store_of
from tests.support.servers.postgres import PostgresForTests

MOST, LEAST = 2**63 - 1, -(2**63)
MOST_INT, LEAST_INT = 2**31 - 1, -(2**31)
ROUTE = """
INSERT INTO message_routes (id, tenant_id, name, topic_filter, destination_type)
OVERRIDING SYSTEM VALUE VALUES (1, 'TENANT1', 'r', '#', 'webhook')
"""
CLIENT = "router"

EDGES = (LEAST, LEAST + 1, -1, 0, 1, MOST - 1, MOST)
INT_EDGES = (LEAST_INT, -1, 0, 1, MOST_INT)
NAMES = ("received", "matched", "written", "delivered", "buried", "stored")
TENANTS = (NOBODY, "TENANT1")


@pytest.mark.parametrize("seed", range(4))
async def test_sums_at_the_edge_are_cut_there_and_go_on(
    database: Database, postgres_server: PostgresForTests, database_name: str, seed: int
) -> None:
    chance = Random(seed)
    values, ints = chance.choices(EDGES, k=60), chance.choices(INT_EDGES, k=210)
    totals = [f"('{tenant}', '{name}', {values.pop()})" for tenant in TENANTS for name in NAMES]
    deltas = [f"('{tenant}', '{name}', {values.pop()})" for tenant in TENANTS for name in NAMES]
    batches = [
        f"('{CLIENT}', {number - 40}, 1, 1, '{{}}', '{{}}',"
        f" {', '.join(str(ints.pop()) for _ in range(7))}, '{{}}')"
        for number in range(30)
    ]
    postgres_server.psql(
        database_name,
        f"""
        {ROUTE};
        INSERT INTO ledger_totals VALUES {", ".join(totals)};
        INSERT INTO ledger_deltas (tenant_id, name, value) VALUES {", ".join(deltas * 2)};
        INSERT INTO ledger_sums (tenant_id, name, value) VALUES {", ".join(totals)};
        INSERT INTO route_totals (route_id, tenant_id, delivered, failed, dead_lettered)
        VALUES (1, 'TENANT1', {values.pop()}, {values.pop()}, {values.pop()});
        INSERT INTO route_sums (route_id, tenant_id, delivered, failed, dead_lettered)
        VALUES (1, 'TENANT1', {MOST}, {LEAST}, {MOST});
        INSERT INTO route_deltas (route_id, tenant_id, delivered, failed, dead_lettered)
        VALUES (1, 'TENANT1', {values.pop()}, {values.pop()}, {values.pop()}),
               (1, 'TENANT1', {values.pop()}, {values.pop()}, {values.pop()});
        INSERT INTO ingest_batches (client_id, sequence, run_id, last_id, packet_ids, digests,
          received, stored, rejected, duplicate, dropped, matched, written, tenants)
        VALUES {", ".join(batches)};
        """,
    )
    ledger, stats = PostgresLedgerStore(database), PostgresRouteStatsStore(database)
    store = await begun(database)
    for sequence in range(1, 4):
        one = commit_of(message(sequence), sequence=sequence, last_id=sequence)
        assert (await store.commit(one)).stored == 1
        async with database.transaction(Role.OPERATOR) as transaction:
            await add_to_totals(transaction, {("TENANT1", "delivered"): MOST})
            await pending_by_books(transaction)
        figures = await ledger.audit()
        assert min(figures.tenants[NOBODY].values()) >= LEAST
        assert max(figures.tenants[NOBODY].values()) <= MOST
        counts = await stats.load_counts("TENANT1", 1)
        assert counts is not None
        assert LEAST <= counts.delivered <= MOST
        await store.prune()
        await merge_deltas(database, Role.OPERATOR)


async def test_small_batches_whose_counts_are_huge_are_merged_all_the_same(
    database: Database,
) -> None:
    store = await begun(database)
    huge = IngestCounts(*[MOST_INT] * 7)
    for sequence in range(1, 6):
        ids = [sequence]
        one = commit_of(sequence=sequence, last_id=1, packet_ids=ids, digests=ids)
        await store.commit(attrs.evolve(one, counts=huge, rejections=[], deliveries=[]))
    await store.prune()
    assert len((await store_of(database).begin()).seen) == 5
    assert (await PostgresLedgerStore(database).audit()).total("received") >= MOST_INT


@pytest.mark.parametrize("sequence", [MOST, MOST - 1, 2**62 + 1])
async def test_a_commit_whose_number_nobody_can_have_reached_is_no_commit_of_ours(
    database: Database, postgres_server: PostgresForTests, database_name: str, sequence: int
) -> None:
    first = await begun(database)
    one = commit_of(message(1), sequence=1, last_id=1, packet_ids=[7], digests=[70])
    await first.commit(one)
    postgres_server.psql(
        database_name,
        f"""
        INSERT INTO ingest_batches (client_id, sequence, run_id, last_id, packet_ids, digests,
          received, stored, rejected, duplicate, dropped, matched, written)
        SELECT client_id, {sequence}, run_id, 5, array(SELECT 3 FROM generate_series(1, 70000)),
          array(SELECT 3 FROM generate_series(1, 70000)), 1, 0, 1, 0, 0, 0, 0
        FROM ingest_batches LIMIT 1
        """,
    )
    store = store_of(database)
    memory = await store.begin()
    assert (memory.last_sequence, memory.seen) == (1, [(7, 70)])
    two = commit_of(message(2), sequence=2, last_id=2, packet_ids=[8], digests=[80])
    assert (await store.commit(two)).stored == 1
    await store.prune()
    assert (await store_of(database).begin()).seen == [(7, 70), (8, 80)]
    assert (await PostgresLedgerStore(database).audit()).total("received") >= 2


@pytest.mark.parametrize("epoch", [MOST, LEAST, MOST - 1])
async def test_leases_go_round_when_their_epoch_can_grow_no_further(
    database: Database, postgres_server: PostgresForTests, database_name: str, epoch: int
) -> None:
    store = PostgresLeaseStore(database, owner="me")
    held = await store.take_back()
    seen: list[Mapping[int, int]] = [dict.fromkeys(held.epochs, epoch)]
    postgres_server.psql(database_name, f"UPDATE lane_leases SET epoch = {epoch}")
    for _ in range(3):
        seen.append((await store.take_back()).epochs)
        assert len(seen[-1]) == len(held.epochs)
        assert (await store.renew(seen[-1])).epochs == seen[-1]
        assert seen[-1] != seen[-2]
    postgres_server.psql(
        database_name, f"UPDATE lane_leases SET epoch = {epoch}, expires_at = '-infinity', owner=''"
    )
    assert len((await PostgresLeaseStore(database, owner="other").take_back()).epochs) > 0


@pytest.mark.parametrize("version", [MOST, LEAST])
async def test_a_route_of_the_highest_version_can_be_changed(
    database: Database, postgres_server: PostgresForTests, database_name: str, version: int
) -> None:
    postgres_server.psql(
        database_name,
        f"""
        {ROUTE};
        ALTER TABLE message_routes DISABLE TRIGGER next_version;
        UPDATE message_routes SET version = {version};
        ALTER TABLE message_routes ENABLE TRIGGER next_version;
        """,
    )
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute("UPDATE message_routes SET is_enabled = false")
        assert await transaction.fetch_value("SELECT version FROM message_routes") != version


async def test_a_dead_letter_of_the_most_attempts_can_be_replayed(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    postgres_server.psql(
        database_name,
        f"""
        INSERT INTO dead_letter_messages (delivery_id, tenant_id, route_id, device_id, event_id,
          event_time, original_topic, payload, destination_type, destination_config, error_message,
          attempts)
        VALUES (1, 'TENANT1', 1, 'D', 1, now(), 't', '{{}}', 'webhook', '{{}}', 'e', {MOST_INT})
        """,
    )
    store = PostgresDeadLetterStore(database)
    async with database.transaction(Role.OPERATOR) as transaction:
        number = await transaction.fetch_value("SELECT id FROM dead_letter_messages")
    record = AttemptRecord(NOW, 204, 0.1, "", "")
    await store.mark_replayed("TENANT1", number, record)
    letter = await store.load_dead_letter("TENANT1", number)
    assert letter is not None
    assert (letter.status, letter.attempts) == (DeadLetterStatus.REPLAYED, MOST_INT)


async def test_a_tenant_s_count_at_the_edge_hides_no_other_s_backlog(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    counts = ("delivered", "buried", "replayed", "discarded")
    postgres_server.psql(
        database_name,
        "INSERT INTO ledger_totals VALUES ('TENANT1', 'queued', 5), "
        + ", ".join(f"('GHOST', '{name}', {LEAST})" for name in counts),
    )
    above = await PostgresBacklogs(database).above(Budgets(Budget(pending_deliveries=4)))
    assert above["TENANT1", "pending_deliveries"] == 5
