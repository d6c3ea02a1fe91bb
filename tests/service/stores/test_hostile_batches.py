"""What somebody has written by hand into the tables of ingest and lanes costs itself only."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulse_router.domain.event_ids import MAX_GIVEN
from pulse_router.domain.leases import PARTITIONS
from pulse_router.postgres.database import Database
from pulse_router.runtime.ledger import NOBODY
from pulse_router.stores.deliveries.leases import PostgresLeaseStore
from pulse_router.stores.ingest.batches import PostgresIngestStore
from pulse_router.stores.ingest.ledger import PostgresLedgerStore
from pulse_router.stores.ingest.sessions import PostgresSessionStore
from tests.support.hostile.values import json_texts
from tests.support.servers.postgres import PostgresForTests

CLIENT = "pulse"
ROWS = 200


def ingest_store(database: Database) -> PostgresIngestStore:
    return PostgresIngestStore(database, client_id=CLIENT, owner="router")


def array(values: Sequence[int | None]) -> str:
    return "{" + ",".join("NULL" if value is None else str(value) for value in values) + "}"


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def gather_rows() -> list[str]:
    """Rows of `ingest_batches` that hypothesis thinks of."""
    found: list[str] = []
    numbers = st.lists(st.none() | st.integers(0, 70_000), max_size=5).map(array)
    bodies = json_texts(
        st.dictionaries(
            st.text(max_size=5),
            st.dictionaries(
                st.sampled_from(["stored", "rejected"]), st.integers() | st.text(max_size=5)
            ),
        )
    )
    times = st.sampled_from(["now", "infinity", "-infinity", "294276-01-01", "0044-01-01 BC"])
    last = st.integers(-(2**63), 2**63 - 1)

    @settings(max_examples=ROWS, database=None)
    @given(numbers | st.just("{{1,2},{3,4}}"), numbers, bodies, times, last)
    def gather(packets: str, digests: str, tenants: str, time: str, last_id: int) -> None:
        if "\\u0000" in tenants or "\\ud" in tenants:  # no database holds them
            tenants = "{}"
        columns = (packets, digests, tenants, time)
        found.append(f"({len(found)}, {last_id}, {', '.join(map(quoted, columns))})")

    gather()
    return found


async def test_rows_that_do_not_fit_together_cost_themselves_only(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    rows = ",\n".join(gather_rows())
    postgres_server.psql(
        database_name,
        f"""
        INSERT INTO ingest_batches (client_id, sequence, run_id, last_id, packet_ids, digests,
          tenants, committed_at, received, stored, rejected, duplicate, dropped, matched, written)
        SELECT '{CLIENT}', n - {ROWS * 2}, 1, last_id, packets::integer[], digests::bigint[],
          tenants::jsonb, at::timestamptz, 1, 0, 0, 0, 0, 0, 0
        FROM (VALUES {rows}) AS hostile (n, last_id, packets, digests, tenants, at);
        INSERT INTO ingest_batches (client_id, sequence, run_id, last_id, packet_ids, digests,
          tenants, received, stored, rejected, duplicate, dropped, matched, written)
        VALUES ('{CLIENT}', 1, 1, 77, '{{5,6}}', '{{50,60}}', '{{"T": {{"stored": 2}}}}',
                2, 2, 0, 0, 0, 0, 0);
        """,
    )
    store = ingest_store(database)
    memory = await store.begin()
    assert memory.last_sequence == 1
    assert 77 <= memory.last_id <= MAX_GIVEN
    assert list(memory.seen[-2:]) == [(5, 50), (6, 60)]
    assert all(type(value) is int for pair in memory.seen for value in pair)
    figures = await PostgresLedgerStore(database).audit()
    assert figures.total("received") >= 2
    await store.prune()
    again = await ingest_store(database).begin()
    assert sorted(again.seen) == sorted(memory.seen)
    assert (await PostgresLedgerStore(database).audit()).tenants[NOBODY] == figures.tenants[NOBODY]
    session = await PostgresSessionStore(database, client_id=CLIENT).begin(["a/#"])
    assert session.messages_per_second < 1e9


@pytest.mark.parametrize("filters", ["ARRAY[NULL, 'a/#']", "ARRAY[['a/#', 'b'], ['c', 'd']]"])
async def test_filters_that_are_none_are_passed_over(
    database: Database, postgres_server: PostgresForTests, database_name: str, filters: str
) -> None:
    postgres_server.psql(
        database_name, f"INSERT INTO mqtt_sessions VALUES ('{CLIENT}', {filters}, 'infinity')"
    )
    store = PostgresSessionStore(database, client_id=CLIENT)
    assert set((await store.begin(["new/#"])).filters) <= {"a/#"}
    assert "new/#" in (await store.begin(["new/#"])).filters


async def test_leases_beyond_all_partitions_take_the_place_of_none(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    postgres_server.psql(
        database_name,
        "INSERT INTO lane_leases VALUES (-5, '', 0, '-infinity'), (-6, 'me', 0, 'infinity'),"
        " (999, '', 0, '-infinity'), (1000, 'me', 5, '-infinity')",
    )
    store = PostgresLeaseStore(database, owner="me")
    held = await store.take_back()
    assert sorted(held.epochs) == list(range(PARTITIONS))
    assert sorted((await store.renew(held.epochs)).epochs) == list(range(PARTITIONS))
