"""Times go to the real server and come back, those too that no device ever sends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import trio_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from pulse_router.postgres.database import Database, open_database
from pulse_router.runtime.times import EARLIEST, LATEST
from pulse_router.stores.roles import Role
from tests.support.apart import run_apart
from tests.support.ingest.telemetry import message, store
from tests.support.servers.pgbouncer import open_pgbouncer
from tests.support.servers.postgres import PostgresForTests

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST_AND_LAST = [EARLIEST, EARLIEST + timedelta(microseconds=1), LATEST]
BEYOND = [
    ("'-infinity'", EARLIEST),
    ("'infinity'", LATEST),
    ("'0044-03-15 12:00+00 BC'", EARLIEST),
    ("'4713-01-01 00:00+00 BC'", EARLIEST),
    ("'0001-12-31 23:59:59+00 BC'", EARLIEST),
    ("'10000-01-01 00:00+00'", LATEST),
    ("'294276-12-31 23:59+00'", LATEST),
]
"""What the server may hold, and what is made of it."""


async def ask(database: Database, sql: str, *values: object) -> object:
    [row] = await database.query(Role.OPERATOR, sql, *values, read_only=True)
    return row[0]


@pytest.mark.parametrize(("stored", "read"), BEYOND)
async def test_a_time_beyond_all_times_is_read_as_the_first_or_the_last(
    database: Database, stored: str, read: datetime
) -> None:
    time = await ask(database, f"SELECT {stored}::timestamptz")
    assert isinstance(time, datetime)
    assert (time, time.tzinfo) == (read, UTC)
    assert await ask(database, f"SELECT ARRAY[{stored}, '2026-03-01 12:00+00']::timestamptz[]") == [
        read,
        NOON,
    ]
    assert await ask(database, f"SELECT {stored}::date") == read.date()


async def test_the_first_and_the_last_are_not_stored_as_infinite(database: Database) -> None:
    for time in FIRST_AND_LAST:
        assert await ask(database, "SELECT isfinite($1::timestamptz)", time) is True
        assert await ask(database, "SELECT $1::timestamptz", time) == time
        assert await ask(database, "SELECT $1::timestamptz[]", [time, NOON]) == [time, NOON]
    assert await ask(database, "SELECT $1::date", date.min) == date.min


def test_what_ingest_stores_is_read_again_as_it_was(database_url: str) -> None:
    """By COPY, as a batch is; a thousand times over one connection."""
    times = st.datetimes(timezones=st.just(UTC)) | st.sampled_from(FIRST_AND_LAST)

    async def there_and_back(sent: list[datetime]) -> None:
        async with trio_asyncio.open_loop(), open_database(database_url) as database:
            await store(
                database,
                [message(n, NOON, time=time, msg_type="try") for n, time in enumerate(sent)],
            )
            rows = await database.query(
                Role.OPERATOR,
                "SELECT time, received_at FROM telemetry WHERE msg_type = 'try' ORDER BY event_id",
                read_only=True,
            )
            assert [tuple(row) for row in rows] == [(time, NOON) for time in sent]

    found: list[datetime] = []

    @settings(max_examples=200, database=None)
    @given(times)
    def gather(time: datetime) -> None:
        found.append(time)

    gather()
    run_apart(lambda: there_and_back([*found, *FIRST_AND_LAST]))


async def test_pgbouncer_changes_nothing_of_it(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    async with (
        open_pgbouncer(postgres_server) as pgbouncer,
        trio_asyncio.open_loop(),
        open_database(pgbouncer.login_url(database_name), pgbouncer=True) as database,
    ):
        for stored, read in BEYOND:
            assert await ask(database, f"SELECT {stored}::timestamptz") == read
            assert await ask(database, f"SELECT ARRAY[{stored}]::timestamptz[]") == [read]
        assert await ask(database, "SELECT $1::timestamptz[]", FIRST_AND_LAST) == FIRST_AND_LAST
