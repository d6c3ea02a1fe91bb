"""Routes as ingest reads them."""

from __future__ import annotations

from typing import Any

import pytest

from pulse_router.domain.filters.payload_filter import CompiledFilter, compile_filter
from pulse_router.domain.routes import RouteChanges
from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role
from pulse_router.stores.routes import matchable
from pulse_router.stores.routes.matchable import PostgresMatchableRoutes


@pytest.fixture
async def broken(database: Database) -> list[str]:
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute(
            """
            INSERT INTO message_routes
              (tenant_id, name, topic_filter, destination_type, payload_filter, is_enabled)
            VALUES ('T1', 'all', '#', 'webhook', NULL, true),
                   ('T1', 'hot', '#', 'webhook', '{"t": {"$gt": 80}}', true),
                   ('T1', 'broken', '#', 'webhook', '{"t": {"$above": 1}}', true),
                   ('T1', 'off', '#', 'webhook', NULL, false)
            """
        )
    return []


@pytest.fixture
def compiled() -> list[object]:
    return []


@pytest.fixture
def source(
    database: Database, broken: list[str], compiled: list[object]
) -> PostgresMatchableRoutes:
    def compile_and_note(stored: Any) -> CompiledFilter:
        compiled.append(stored)
        return compile_filter(stored)

    return PostgresMatchableRoutes(
        database,
        compile_filter=compile_and_note,
        on_broken=lambda _id, why: broken.append(why),
    )


async def write(database: Database, sql: str) -> None:
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute(sql)


async def test_enabled_routes_are_compiled_and_broken_ones_reported(
    source: PostgresMatchableRoutes, broken: list[str]
) -> None:
    changes = await source.load_changes({}, None)
    everything, hot, unusable = (read.route for read in changes.read)
    assert "is no operator" in broken[0]
    assert unusable is None
    assert everything is not None
    assert everything.accepts is None
    assert hot is not None
    assert hot.accepts is not None
    assert [hot.accepts({"t": t}) for t in (80, 81)] == [False, True]
    assert hot.excess is None


async def test_what_is_known_in_its_version_is_not_compiled_again(
    source: PostgresMatchableRoutes,
    database: Database,
    compiled: list[object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(matchable, "VERSIONS_AT_ONCE", 2)
    monkeypatch.setattr(matchable, "ROWS_AT_ONCE", 1)
    known = {read.id: read.version for read in (await source.load_changes({}, None)).read}
    assert sorted(known.values()) == [1, 1, 1]
    assert len(compiled) == 2
    assert await source.load_changes(known, None) == RouteChanges([], [])
    assert await source.load_changes(known, list(known)) == RouteChanges([], [])
    assert len(compiled) == 2

    await write(database, "UPDATE message_routes SET name = 'hotter' WHERE name = 'hot'")
    await write(database, "UPDATE message_routes SET is_enabled = true WHERE name = 'off'")
    await write(database, "UPDATE message_routes SET is_enabled = false WHERE name = 'all'")
    hot, off = (ids for ids in sorted(known | {4: 0}) if ids in (2, 4))
    changes = await source.load_changes(known, None)
    assert [(read.id, read.version) for read in changes.read] == [(hot, 2), (off, 2)]
    assert changes.gone == [1]
    assert await source.load_changes(known, {1, 99}) == RouteChanges([], [1])


async def test_a_filter_that_was_saved_before_it_was_too_heavy_says_so(
    source: PostgresMatchableRoutes, database: Database
) -> None:
    await write(
        database,
        """UPDATE message_routes SET payload_filter =
             jsonb_build_object('x', jsonb_build_object('$regex', '[a-h]{1,1000}.{1,50}'))
           WHERE name = 'hot'""",
    )
    [read] = (await source.load_changes({}, {2})).read
    assert read.route is not None
    assert "1000 instructions" in (read.route.excess or "")


async def test_equal_filters_are_compiled_once_and_a_renamed_route_keeps_its_own(
    source: PostgresMatchableRoutes, database: Database, compiled: list[object]
) -> None:
    hot = 'payload_filter = \'{"t": {"$gt": 80}}\''
    await write(database, f"UPDATE message_routes SET {hot} WHERE name <> 'broken'")
    first = (await source.load_changes({}, None)).read
    assert len(compiled) == 2  # this one, and that which is none
    await write(database, "UPDATE message_routes SET name = 'renamed' WHERE id = 1")
    [renamed] = (await source.load_changes({}, {1})).read
    assert renamed.route is not None
    assert first[0].route is not None
    assert first[1].route is not None
    assert renamed.route.accepts is first[0].route.accepts is first[1].route.accepts
    assert renamed.version == first[0].version + 1
