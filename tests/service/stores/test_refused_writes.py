"""What PostgreSQL will not have of one device, route or delivery keeps no other from being written.

The refusals are those of somebody's own triggers and constraints, which any database may have.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from structlog.testing import capture_logs

from pulse_router.domain.deliveries import AttemptRecord, Burial, Reschedule, Settlement
from pulse_router.domain.errors import DataRefused
from pulse_router.domain.messages import NewDevice
from pulse_router.domain.secrets.sealing import Sealer
from pulse_router.domain.telemetry import HistoryQuery
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.devices.source import PostgresDeviceSource
from pulse_router.stores.routes.upkeep import do_round
from pulse_router.stores.telemetry.history import PostgresHistoryStore
from pulse_router.stores.telemetry.maintenance import Retention, maintain
from tests.support.delivery.deliveries import make_delivery
from tests.support.delivery.queue import ask, enqueue, pending_ids
from tests.support.servers.postgres import PostgresForTests

NOW = datetime(2026, 2, 16, 12, tzinfo=UTC)
FOR_EVER = Retention(
    telemetry_days=0, rejected_days=0, dead_letter_days=0, alert_days=0, audit_days=0
)


def refuse(table: str, event: str, condition: str, state: str = "22023") -> str:
    return f"""
        CREATE FUNCTION refuse_it() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'not this one' USING ERRCODE = '{state}'; END $$;
        CREATE TRIGGER refuse_it BEFORE {event} ON {table} FOR EACH ROW
          WHEN ({condition}) EXECUTE FUNCTION refuse_it();
        """


@pytest.mark.parametrize("state", ["22023", "23514"])
async def test_a_newcomer_that_is_refused_stays_unknown_and_the_others_are_registered(
    database: Database, postgres_server: PostgresForTests, database_name: str, state: str
) -> None:
    condition = "NEW.site_id = 'CURSED'"
    if state == "23514":
        postgres_server.psql(database_name, "ALTER TABLE devices ADD CHECK (site_id <> 'CURSED')")
    else:
        postgres_server.psql(database_name, refuse("devices", "INSERT", condition))
    source = PostgresDeviceSource(database)
    newcomers = [
        NewDevice("T", f"D{number}", "CURSED" if number == 3 else "S", None) for number in range(8)
    ]
    with capture_logs() as logs:
        found = await source.load_devices([new[:2] for new in newcomers], newcomers)
    assert sorted(device_id for _, device_id in found.devices) == [
        f"D{number}" for number in range(8) if number != 3
    ]
    assert [line["device_id"] for line in logs] == ["D3"]


async def test_one_device_that_is_refused_keeps_no_other_from_being_noted(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    source = PostgresDeviceSource(database)
    newcomers = [NewDevice("T", f"D{number}", None, None) for number in range(8)]
    await source.load_devices([new[:2] for new in newcomers], newcomers)
    postgres_server.psql(database_name, refuse("devices", "UPDATE", "NEW.device_id = 'D5'"))
    await source.write_last_seen([(new[:2], NOW) for new in newcomers])
    rows = await ask(database, "SELECT device_id FROM devices WHERE last_seen_at IS NULL")
    assert [row["device_id"] for row in rows] == ["D5"]


async def test_a_settlement_that_is_refused_changes_nothing_and_says_so(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    postgres_server.psql(
        database_name,
        refuse("dead_letter_messages", "INSERT", "NEW.error_message !~ '^[ -~]*$'", "22P05"),
    )
    await enqueue(database, *(make_delivery(number) for number in range(1, 5)))
    store = PostgresDeliveryStore(database)
    record = AttemptRecord(NOW, 500, 0.1, "\u4e2d", "\u4e2d")
    burial = Burial(make_delivery(3), 1, "webhook", {}, "\u4e2d", record)
    settlement = Settlement(
        delivered=[1], rescheduled=[Reschedule(2, 1, 60, "later", record)], buried=[burial]
    )
    with pytest.raises(DataRefused):
        await store.settle(settlement)
    assert await pending_ids(database) == [1, 2, 3, 4]
    plain = attrs.evolve(burial, error="\\u4e2d", record=None)
    await store.settle(attrs.evolve(settlement, buried=[plain]))
    assert await pending_ids(database) == [2, 4]


async def test_one_route_that_cannot_be_looked_after_keeps_no_other_secret_from_going(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    gone = (NOW - timedelta(hours=1)).isoformat()
    routes = [
        f'["a", {{"plain": "b", "expires_at": "{end}"}}]' for end in (gone, "2026-02-31", gone)
    ]
    values = ", ".join(f"('T', 'n', '#', 'webhook', '{secrets}')" for secrets in routes)
    postgres_server.psql(
        database_name,
        "INSERT INTO message_routes (tenant_id, name, topic_filter, destination_type, secrets)"
        f" VALUES {values}",
    )
    with capture_logs():
        report = await do_round(database, Sealer([b"k" * 32]), now=NOW)
    assert report.expired == 2
    assert report.sealed == 2
    rows = await ask(database, "SELECT jsonb_array_length(secrets) AS n FROM message_routes")
    assert sorted(row["n"] for row in rows) == [1, 1, 2]


async def test_rows_of_no_day_keep_no_other_from_getting_their_partition(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    values = ", ".join(
        f"({number}, now(), '{time}', 'TENANT1', 'DEV-001', 'telemetry')"
        for number, time in enumerate(
            ["infinity", "-infinity", "294276-12-31 12:00Z", "0044-01-01 BC", "2020-03-01 12:00Z"]
        )
    )
    postgres_server.psql(
        database_name,
        "INSERT INTO telemetry (event_id, time, received_at, tenant_id, device_id, msg_type)"
        f" VALUES {values}",
    )
    report = await maintain(database, FOR_EVER, today=NOW.date())
    assert report.moved == 1
    assert report.problems == []


async def test_pages_of_a_history_end_whatever_times_are_in_it(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    values = ", ".join(
        f"({number}, '{time}', now(), 'TENANT1', 'DEV-001', 'telemetry')"
        for number, time in enumerate(
            ["294276-01-01", "2026-01-01", "0001-01-01Z", "0044-01-01 BC", "-infinity", "-infinity"]
        )
    )
    postgres_server.psql(
        database_name,
        "INSERT INTO telemetry (event_id, time, received_at, tenant_id, device_id, msg_type)"
        f" VALUES {values}",
    )
    store, seen = PostgresHistoryStore(database), []
    query = HistoryQuery(limit=1)
    for _ in range(20):
        page = await store.load_history("TENANT1", "DEV-001", query)
        assert page is not None
        seen += [message.event_id for message in page.messages]
        if page.next is None:
            break
        query = attrs.evolve(query, before=page.next)
    assert len(seen) == len(set(seen))
    assert {1, 2} <= set(seen)
