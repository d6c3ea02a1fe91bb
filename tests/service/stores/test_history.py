"""History is the tenant's own, newest first, and costs what is shown, not what is stored."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import attrs
import pytest

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import Message
from pulse_router.domain.telemetry import HistoryCursor, HistoryQuery, StoredMessage
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Transaction
from pulse_router.stores.roles import Role
from pulse_router.stores.telemetry.history import COUNTED_AT_MOST, PostgresHistoryStore
from tests.support.ingest.telemetry import at_noon, message, store
from tests.support.servers.postgres import PostgresForTests

DAY = date(2020, 3, 1)
NOON = at_noon(DAY)
MINUTE = timedelta(minutes=1)
ALL = HistoryQuery(limit=500)
DAYS = 60
PER_DAY = 200


def ids(messages: list[StoredMessage]) -> list[int]:
    return [one.event_id for one in messages]


async def load(
    database: Database, query: HistoryQuery = ALL, *, tenant: str = "TENANT1"
) -> list[StoredMessage]:
    page = await PostgresHistoryStore(database).load_history(tenant, "DEV-001", query)
    return [] if page is None else list(page.messages)


async def test_messages_come_as_they_were_stored_newest_first(database: Database) -> None:
    sent = [
        message(1, NOON, metrics='{"t": 1.5, "on": true}', extra='{"fw": "1.2"}'),
        message(2, NOON + MINUTE, metrics=None, msg_type="event", site_id=None),
    ]
    await store(database, sent)
    shown = await load(database)
    stored = [attrs.asdict(one) | {"tenant_id": "TENANT1"} for one in shown]
    assert [each.pop("payload_bytes") for each in stored] == [0, 0]
    assert [Message(**each) for each in stored] == sent[::-1]


async def test_history_goes_by_the_device_s_time_not_by_arrival(database: Database) -> None:
    yesterday, late = NOON - timedelta(days=1), NOON - timedelta(days=9)
    await store(
        database,
        [message(1, yesterday), message(2, NOON), message(3, NOON + MINUTE, time=late)],
    )
    assert ids(await load(database)) == [2, 1, 3]
    old = HistoryQuery(start=late, end=late + MINUTE, limit=10)
    assert ids(await load(database, old)) == [3]


async def test_a_range_includes_its_start_and_not_its_end(database: Database) -> None:
    await store(database, [message(n, NOON + n * MINUTE) for n in range(4)])
    query = HistoryQuery(start=NOON + MINUTE, end=NOON + 3 * MINUTE, limit=10)
    assert ids(await load(database, query)) == [2, 1]


async def test_a_message_from_as_far_ahead_as_ingest_believes_is_found(database: Database) -> None:
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.fetch("SELECT telemetry_make_partition($1)", DAY)
    ahead = NOON + timedelta(hours=24)
    await store(database, [message(1, NOON, time=ahead)])
    assert ids(await load(database, HistoryQuery(start=ahead, limit=10))) == [1]


@pytest.mark.parametrize("stands_still", [False, True])
async def test_pages_show_each_message_once_also_when_the_device_s_clock_stands_still(
    database: Database, stands_still: bool
) -> None:
    sent = [
        message(n, NOON + n * MINUTE, time=NOON if stands_still else NOON + n * MINUTE)
        for n in range(1, 51)
    ]
    await store(database, sent)
    history = PostgresHistoryStore(database)
    seen: list[int] = []
    before: HistoryCursor | None = None
    while True:
        query = HistoryQuery(before=before, limit=7)
        page = await history.load_history("TENANT1", "DEV-001", query)
        assert page is not None
        assert (page.total, page.total_is_exact) == (50 + len(seen) // 7, True)
        seen += ids(list(page.messages))
        before = page.next
        if before is None:
            break
        newer = 1000 + len(seen)
        await store(database, [message(newer, NOON + timedelta(days=1))])  # shifts no page
    assert seen == list(range(50, 0, -1))


async def test_an_offset_passes_over_messages(database: Database) -> None:
    await store(database, [message(n, NOON + n * MINUTE) for n in range(10)])
    assert ids(await load(database, HistoryQuery(limit=3, offset=2))) == [7, 6, 5]
    assert ids(await load(database, HistoryQuery(limit=3, offset=20))) == []


async def test_the_total_is_exact_up_to_a_bound_and_says_when_it_is_not(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    postgres_server.psql(
        database_name,
        "INSERT INTO telemetry SELECT n, '2020-03-01Z', '2020-03-01Z', 'TENANT1', 'DEV-001',"
        f" NULL, 'telemetry', '{{}}', NULL FROM generate_series(1, {COUNTED_AT_MOST}) AS n",
    )
    history = PostgresHistoryStore(database)
    exact = await history.load_history("TENANT1", "DEV-001", HistoryQuery(limit=1))
    await store(database, [message(99_999, NOON)])
    more = await history.load_history("TENANT1", "DEV-001", HistoryQuery(limit=1))
    assert exact is not None
    assert more is not None
    assert (exact.total, exact.total_is_exact) == (COUNTED_AT_MOST, True)
    assert (more.total, more.total_is_exact) == (COUNTED_AT_MOST, False)


# Whose it is ----------------------------------------------------------------------------------


async def test_a_tenant_sees_its_own_though_devices_share_a_name(database: Database) -> None:
    await store(database, [message(1, NOON), message(2, NOON, tenant_id="TENANT2")])
    assert ids(await load(database)) == [1]
    assert ids(await load(database, tenant="TENANT2")) == [2]
    assert await load(database, tenant="TENANT3") == []


@pytest.mark.parametrize("tenant", [None, ""])
async def test_without_a_tenant_there_is_no_history(database: Database, tenant: str | None) -> None:
    await store(database, [message(1, NOON), message(2, NOON, tenant_id="")])
    async with database.transaction(Role.APP, tenant_id=tenant) as transaction:
        assert await history_rows(transaction) == []
        counted = "SELECT telemetry_history_count('DEV-001', NULL, NULL, 100)"
        assert await transaction.fetch_value(counted) == 0


@pytest.mark.parametrize("role", [Role.INGEST, Role.OPERATOR])
async def test_only_the_tenants_role_reads_history_by_the_function(
    database: Database, role: Role
) -> None:
    with pytest.raises(Unavailable, match="permission denied"):
        async with database.transaction(role, tenant_id="TENANT1") as transaction:
            await history_rows(transaction)


@pytest.mark.parametrize("table", ["telemetry", "telemetry_default"])
async def test_the_tenants_role_cannot_read_the_table_itself(
    database: Database, table: str
) -> None:
    with pytest.raises(Unavailable, match="permission denied"):
        async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
            await transaction.fetch(f"SELECT FROM {table}")


async def test_what_a_removed_device_has_sent_can_still_be_read(database: Database) -> None:
    history = PostgresHistoryStore(database)
    await store(database, [message(1, NOON)])
    elsewhere = HistoryQuery(start=NOON + MINUTE, limit=10)
    page = await history.load_history("TENANT1", "DEV-001", elsewhere)
    assert page is not None
    assert list(page.messages) == []
    assert await history.load_history("TENANT1", "DEV-002", ALL) is None
    assert await history.load_history("TENANT2", "DEV-001", ALL) is None


async def test_a_registered_device_that_has_sent_nothing_has_an_empty_history(
    database: Database,
) -> None:
    async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
        await transaction.execute("INSERT INTO devices VALUES ('TENANT1', 'DEV-001')")
    page = await PostgresHistoryStore(database).load_history("TENANT1", "DEV-001", ALL)
    assert page is not None
    assert (list(page.messages), page.total, page.next) == ([], 0, None)


# What it costs --------------------------------------------------------------------------------


async def history_rows(
    transaction: Transaction,
    start: datetime | None = None,
    before: HistoryCursor | None = None,
    offset: int = 0,
) -> list[int]:
    rows = await transaction.fetch(
        "SELECT event_id FROM telemetry_history('DEV-001', $1, NULL, $2, $3, 20, $4)",
        start,
        None if before is None else before.time,
        None if before is None else before.event_id,
        offset,
    )
    return [row["event_id"] for row in rows]


async def fill(database: Database) -> None:
    """Sixty days of two tenants' devices of the same names, and the days ahead."""
    async with database.transaction(Role.OPERATOR) as transaction:
        for number in range(DAYS + 4):
            day = DAY + timedelta(days=number)
            await transaction.fetch("SELECT telemetry_make_partition($1)", day)
    await store(
        database,
        (
            message(
                day * PER_DAY + number,
                at_noon(DAY) + timedelta(days=day, seconds=number),
                tenant_id=f"TENANT{1 + number % 2}",
                device_id=f"DEV-{1 + number // 2 % 5:03}",
            )
            for day in range(DAYS)
            for number in range(PER_DAY)
        ),
    )


async def scans(transaction: Transaction) -> tuple[int, int, int]:
    """Sequential scans, index scans, and rows fetched by index; only differences mean anything."""
    row = await transaction.fetch_row(
        "SELECT sum(seq_scan)::int, sum(idx_scan)::int,"
        " sum(idx_tup_fetch)::int"
        " FROM pg_stat_xact_user_tables WHERE relname LIKE 'telemetry%'"
    )
    assert row is not None
    return row[0], row[1], row[2]


@pytest.mark.parametrize("is_analyzed", [False, True])
async def test_history_over_sixty_partitions_scans_indexes_and_reads_what_it_shows(
    database: Database,
    postgres_server: PostgresForTests,
    database_name: str,
    is_analyzed: bool,
) -> None:
    await fill(database)
    if is_analyzed:
        postgres_server.psql(database_name, "VACUUM ANALYZE telemetry")
    last_day = at_noon(DAY) + timedelta(days=DAYS - 1)
    cursor = HistoryCursor(last_day - timedelta(days=30), 0)

    for start, before, offset, partitions, most_rows in (
        (None, None, 0, DAYS + 5, 20 + DAYS),
        (None, cursor, 0, DAYS + 5, 20 + DAYS),
        (None, None, 100, DAYS + 5, 120 + DAYS),
        (last_day, None, 0, 7, 20 + 7),  # the day before, itself, four ahead, the default
    ):
        async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
            for _ in range(8):  # past the five runs after which plans may become generic
                seen = await scans(transaction)
                assert len(await history_rows(transaction, start, before, offset)) == 20
                now = await scans(transaction)
                assert now[0] == seen[0]
                assert now[1] - seen[1] == partitions
                assert now[2] - seen[2] <= most_rows
    async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
        seen = await scans(transaction)
        counted = "SELECT telemetry_history_count('DEV-001', NULL, NULL, 10000)"
        assert await transaction.fetch_value(counted) == DAYS * PER_DAY // 10
        assert (await scans(transaction))[0] == seen[0]


async def test_one_tenant_s_flood_under_the_same_device_name_costs_the_other_nothing(
    database: Database,
) -> None:
    flood = (message(n, NOON, tenant_id="TENANT2") for n in range(1, 5001))
    await store(database, [message(0, NOON), *flood])
    async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
        _, _, before = await scans(transaction)
        assert await history_rows(transaction) == [0]
        _, _, after = await scans(transaction)
    assert after - before == 1
