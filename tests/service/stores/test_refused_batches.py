"""Batches that PostgreSQL refuses: the line is named, and pieces are stored by themselves."""

from __future__ import annotations

import pytest

from pulse_router.domain.errors import DataRefused
from pulse_router.domain.messages import IngestCounts
from pulse_router.ingest.poison import commit_without_poison
from pulse_router.ingest.suspicion import Suspicion
from pulse_router.postgres.database import Database
from pulse_router.stores.ingest.batches import FEW_ROWS
from tests.support.ingest.commits import commit_of, counts, message
from tests.support.ingest.lives import begun
from tests.support.servers.postgres import PostgresForTests


@pytest.mark.parametrize("size", [2, FEW_ROWS])
async def test_a_refused_value_stores_nothing_and_a_copy_names_its_line(
    database: Database, size: int
) -> None:
    store = await begun(database)
    messages = [
        message(n, metrics='{"a":"\\u0000"}' if n == 2 else "{}") for n in range(1, size + 1)
    ]
    with pytest.raises(DataRefused) as refused:
        await store.commit(commit_of(*messages))
    if size == FEW_ROWS:
        assert (refused.value.relation, refused.value.line) == ("telemetry", 2)
    assert await counts(database) == [0, 0, 0, 0]


async def test_a_poison_row_among_few_costs_itself_only(database: Database) -> None:
    store = await begun(database)
    messages = [message(n, metrics='{"a":"\\u0000"}' if n == 7 else "{}") for n in range(1, 22)]
    stored = await commit_without_poison(store, commit_of(*messages, rejections=[]), Suspicion())
    assert await counts(database) == [20, 1, 20, 1]
    assert [each.detail for each in stored.rejections] == [
        "refused by PostgreSQL with SQLSTATE 22P05"
    ]


async def test_a_poison_row_costs_itself_only(database: Database) -> None:
    store = await begun(database)
    poison = {37: '{"a":"\\u0000"}', 60: '{"a":1e400000}'}
    messages = [message(n, metrics=poison.get(n, "{}")) for n in range(1, 101)]
    stored = await commit_without_poison(store, commit_of(*messages), Suspicion())
    assert await counts(database) == [98, 3, 98, 1]
    assert stored.counts.stored == 98


async def test_a_refused_piece_leaves_the_others(database: Database) -> None:
    store = await begun(database)
    commit = commit_of(message(1), message(3))
    async with store.in_pieces(commit) as pieces:
        assert not isinstance(pieces, IngestCounts)
        await pieces.add([message(1)], commit.deliveries[:1])
        with pytest.raises(DataRefused):
            await pieces.add([message(2, metrics='{"a":"\\u0000"}')], [])
        await pieces.add([message(3)], commit.deliveries[1:])
        assert not await pieces.takes(message(2, metrics='{"a":"\\u0000"}'))
        assert await pieces.takes(message(2))
        await pieces.reject(commit.rejections)
        await pieces.finish(commit)
    assert await counts(database) == [2, 1, 2, 1]
    async with store.in_pieces(commit) as pieces:
        assert isinstance(pieces, IngestCounts)
    assert await counts(database) == [2, 1, 2, 1]


async def test_pieces_that_are_not_finished_leave_nothing(database: Database) -> None:
    store = await begun(database)

    async def fail() -> None:
        async with store.in_pieces(commit_of(message(1))) as pieces:
            assert not isinstance(pieces, IngestCounts)
            await pieces.add([message(1)], [])
            raise DataRefused("too many", sqlstate="54000")

    with pytest.raises(DataRefused):
        await fail()
    assert await counts(database) == [0, 0, 0, 0]


@pytest.mark.parametrize("state", ["22P02", "22023", "22000", "54000"])
@pytest.mark.parametrize("size", [1, 3])
async def test_whatever_data_error_a_row_meets_it_costs_itself_only(
    postgres_server: PostgresForTests,
    database_name: str,
    database: Database,
    state: str,
    size: int,
) -> None:
    """Somebody's trigger may raise any of them; one is said of a missing role as well."""
    postgres_server.psql(
        database_name,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$;"
        " CREATE TRIGGER refuse BEFORE INSERT ON telemetry FOR EACH ROW"
        " WHEN (NEW.event_id = 1) EXECUTE FUNCTION refuse()",
    )
    store = await begun(database)
    batch = commit_of(*map(message, range(1, size + 1)), rejections=[])
    stored = await commit_without_poison(store, batch, Suspicion())
    assert [each.detail for each in stored.rejections] == [
        f"refused by PostgreSQL with SQLSTATE {state}"
    ]
    assert await counts(database) == [size - 1, 1, size - 1, 1]
