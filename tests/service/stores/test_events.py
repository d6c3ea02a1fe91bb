"""What a live client has missed, as the database gives it: in order, its tenant's own, cheaply."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import pytest

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.live import EventPage, ResumePoint
from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role
from pulse_router.stores.telemetry.events import PostgresEventStore
from tests.support.ingest.telemetry import at_noon, message, store
from tests.support.servers.postgres import PostgresForTests

DAYS = [date(2020, 3, day) for day in range(1, 7)]


@pytest.fixture
async def events(database: Database) -> PostgresEventStore:
    """Ids 10 to 300 by tens over some days, of two devices in turn; the clock went back twice."""
    async with database.transaction(Role.OPERATOR) as transaction:
        for day in DAYS:
            await transaction.fetch("SELECT telemetry_make_partition($1)", day)
    days = [DAYS[3]] * 10 + [DAYS[0]] * 10 + [DAYS[5]] * 8 + [date(1980, 1, 1)] * 2
    await store(
        database,
        [
            message(
                10 * number,
                at_noon(day),
                device_id=f"DEV-{number % 2}",
                metrics='{"t": 1.0, "on": null}' if number % 5 == 0 else '{"h": 2}',
            )
            for number, day in enumerate(days, start=1)
        ],
    )
    others = [
        message(15, at_noon(DAYS[0]), msg_type="status"),
        message(16, at_noon(DAYS[0]), tenant_id="TENANT2"),
        message(17, at_noon(DAYS[0]), tenant_id="TENANT2", metrics=None),
    ]
    await store(database, others)
    return PostgresEventStore(database)


async def read(
    events: PostgresEventStore,
    after: int,
    *,
    up_to: int = 1_000,
    devices: set[str] | None = None,
    metrics: Collection[str] = (),
    limit: int = 100,
    tenant: str = "TENANT1",
) -> EventPage:
    return await events.load_events(
        tenant, after=after, up_to=up_to, devices=devices, metric_names=metrics, limit=limit
    )


def ids(page: EventPage) -> list[int]:
    return [event.event_id for event in page.events]


async def test_events_come_in_the_order_of_their_ids_whatever_the_clock_said(
    events: PostgresEventStore,
) -> None:
    assert ids(await read(events, 0)) == [10 * number for number in range(1, 31)]
    assert ids(await read(events, 100, up_to=140)) == [110, 120, 130, 140]
    page = await read(events, 250, limit=3)
    assert (ids(page), page.last_id) == ([260, 270, 280], 280)
    page = await read(events, 280, limit=3)
    assert (ids(page), page.last_id) == ([290, 300], None)
    assert await read(events, 300) == EventPage([], None)
    event = (await read(events, 40)).events[0]
    assert (event.event_id, event.device_id, event.site_id) == (50, "DEV-1", "SITE-1")
    assert (event.tenant_id, event.time) == ("TENANT1", at_noon(DAYS[3]))
    assert event.topic == "tenant/TENANT1/device/DEV-1/telemetry"
    assert event.metrics == {"t": 1.0, "on": None}
    assert isinstance(event.metrics["t"], float)


async def test_filters_leave_out_and_a_page_says_how_far_it_has_looked(
    events: PostgresEventStore,
) -> None:
    page = await read(events, 0, devices={"DEV-0"}, limit=4)
    assert (ids(page), page.last_id) == ([20, 40], 40)
    page = await read(events, 0, metrics={"t"}, limit=4)
    assert (ids(page), page.last_id) == ([], 40)
    page = await read(events, 40, metrics={"t", "x"}, devices={"DEV-0"}, limit=26)
    assert (ids(page), page.last_id) == ([100, 200, 300], 300)
    assert ids(await read(events, 0, devices=set())) == []


async def test_a_tenant_reads_its_own_only(events: PostgresEventStore, database: Database) -> None:
    page = await read(events, 0, tenant="TENANT2")
    assert [(event.event_id, event.metrics) for event in page.events] == [
        (16, {"t": 1.5}),
        (17, {}),
    ]
    async with database.transaction(Role.APP, read_only=True) as transaction:
        assert (
            await transaction.fetch("SELECT * FROM telemetry_events(0, 999, NULL, NULL, 9)") == []
        )
        assert await transaction.fetch("SELECT * FROM telemetry_latest('DEV-0')") == []
        point = await transaction.fetch_row("SELECT * FROM telemetry_resume_point(0, 999, 9)")
        assert point is not None
        assert tuple(point) == (False, None)


async def test_whether_all_can_be_had_is_seen_by_what_is_as_old(
    events: PostgresEventStore, postgres_server: PostgresForTests, database_name: str
) -> None:
    async def point(after: int, *, at_most: int = 100, up_to: int = 300) -> ResumePoint:
        return await events.load_resume_point("TENANT1", after=after, up_to=up_to, at_most=at_most)

    assert await point(10) == ResumePoint(True)
    assert await point(14) == ResumePoint(True)  # none of this id, but older ones are there
    assert await point(0) == ResumePoint(False, 10)
    assert await point(300, up_to=400) == ResumePoint(True)
    assert await point(100, at_most=20) == ResumePoint(True)
    assert await point(100, at_most=19) == ResumePoint(False, 120)
    assert await point(100, at_most=1, up_to=200) == ResumePoint(False, 200)
    # What was before 110 has been dropped.
    postgres_server.psql(database_name, "DELETE FROM telemetry WHERE event_id <= 100")
    assert await point(50) == ResumePoint(False, 110)
    assert await point(105) == ResumePoint(False, 110)
    assert await point(110) == ResumePoint(True)
    empty = await events.load_resume_point("NOBODY", after=5, up_to=300, at_most=9)
    assert empty == ResumePoint(False, None)


async def test_the_latest_is_by_the_devices_own_time(
    events: PostgresEventStore, database: Database
) -> None:
    noon = at_noon(DAYS[5])
    late = [
        message(400, noon, device_id="DEV-0", time=noon + timedelta(hours=1)),
        message(401, noon, device_id="DEV-0", time=at_noon(DAYS[0])),
        message(402, noon, device_id="DEV-0", time=noon + timedelta(hours=2), msg_type="status"),
    ]
    await store(database, late)
    latest = await events.load_latest("TENANT1", "DEV-0")
    assert latest is not None
    assert latest.event_id == 400
    assert await events.load_latest("TENANT1", "NOBODY") is None
    assert await events.load_latest("TENANT2", "DEV-0") is None


@pytest.mark.usefixtures("events")
async def test_a_page_costs_what_it_shows_not_what_is_stored(database: Database) -> None:
    noon = at_noon(DAYS[5])
    await store(
        database,
        [message(1_000 + n, noon + timedelta(milliseconds=n)) for n in range(20_000)],
    )

    async def scanned(sql: str) -> tuple[int, int]:
        statistics = (
            "SELECT coalesce(sum(seq_scan), 0), coalesce(sum(idx_tup_fetch), 0)"
            " FROM pg_stat_xact_user_tables WHERE relname LIKE 'telemetry%'"
        )
        async with database.transaction(Role.APP, tenant_id="TENANT1") as transaction:
            [before] = await transaction.fetch(statistics)
            await transaction.fetch(sql)
            [after] = await transaction.fetch(statistics)
        return int(after[0] - before[0]), int(after[1] - before[1])

    sequential, fetched = await scanned(
        "SELECT * FROM telemetry_events(5000, 99999, NULL, ARRAY['nothing'], 100)"
    )
    assert sequential == 0
    assert fetched <= 100 + len(DAYS) + 1
    sequential, fetched = await scanned("SELECT * FROM telemetry_resume_point(5000, 99999, 50)")
    assert sequential == 0
    assert fetched <= 51 + len(DAYS) + 1


async def test_an_outage_is_told(
    events: PostgresEventStore, postgres_server: PostgresForTests
) -> None:
    postgres_server.stop()
    try:
        with pytest.raises(Unavailable):
            await read(events, 0)
    finally:
        postgres_server.start()
