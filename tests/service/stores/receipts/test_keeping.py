"""Receipts are put together, bounded and dropped; whatever is done to them, each is there once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import trio

from pulse_router.domain.deliveries import AttemptRecord, Reschedule, Settlement
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.receipts.merging import ReceiptMerger, merge_receipts
from pulse_router.stores.receipts.receipts import PostgresReceipts
from pulse_router.stores.receipts.upkeep import keep_receipts
from pulse_router.stores.roles import Role
from tests.support.delivery.deliveries import NOON, make_delivery
from tests.support.delivery.queue import ask, enqueue
from tests.support.servers.postgres import PostgresForTests

pytestmark = pytest.mark.usefixtures("matches_balance")

EVERYWHERE = """
SELECT unnest(delivery_ids) AS id FROM delivery_receipts
UNION ALL SELECT unnest(delivery_ids) FROM receipt_deltas
"""
SETTLE_LATE = "SELECT pulse_settle_with_receipts('{1000}', '{200}', '{1}', false, '{}', '{}')"
IN_DEFAULT = """
SELECT count(*) AS count FROM delivery_receipts
WHERE tableoid = 'delivery_receipts_default'::regclass
"""
HISTORY = AttemptRecord(NOON, 503, 0.25, "HTTP 503", "busy")


async def deliver(database: Database, *ids: int, at_once: int = 1, route_id: int = 1) -> None:
    await enqueue(database, *(make_delivery(number, route_id=route_id) for number in ids))
    store = PostgresDeliveryStore(database)
    for first in range(0, len(ids), at_once):
        some = ids[first : first + at_once]
        await store.settle(
            Settlement(some, statuses=[200] * len(some), milliseconds=[5] * len(some))
        )


async def kept(database: Database) -> list[int]:
    return sorted(row["id"] for row in await ask(database, EVERYWHERE))


async def rows_of(database: Database, table: str) -> int:
    [row] = await ask(database, f"SELECT count(*) AS count FROM {table}")
    return int(row["count"])


async def test_settling_twice_leaves_one_receipt(database: Database) -> None:
    await deliver(database, 1, 2, 3, at_once=3)
    await PostgresDeliveryStore(database).settle(Settlement([1, 2, 3, 3]))
    await enqueue(database, make_delivery(4))
    await PostgresDeliveryStore(database).settle(Settlement([4, 4], statuses=[200, 200]))
    assert await kept(database) == [1, 2, 3, 4]


async def test_what_is_much_goes_to_its_day_and_what_is_little_waits(database: Database) -> None:
    await deliver(database, *range(300), at_once=300)
    assert await rows_of(database, "receipt_deltas") == 0
    await deliver(database, *range(300, 340))
    for _ in range(3):
        await merge_receipts(database)
        assert await rows_of(database, "receipt_deltas") == 1
        assert await kept(database) == list(range(340))
    await deliver(database, *range(340, 1000), at_once=20)
    await merge_receipts(database)
    assert await rows_of(database, "receipt_deltas") == 0
    assert await kept(database) == list(range(1000))


async def test_what_commits_while_others_are_put_together_is_put_together_later(
    database: Database,
) -> None:
    await enqueue(database, make_delivery(1000))
    await deliver(database, *range(5))
    async with database.transaction(Role.OPERATOR) as late:
        await late.fetch(SETTLE_LATE)
        await deliver(database, *range(5, 10))
        await merge_receipts(database, rows=3)
        found = await PostgresReceipts(database).find("TENANT1", delivery_id=1000)
        assert found == []
    for _ in range(3):
        assert len(await PostgresReceipts(database).find("TENANT1", delivery_id=1000)) == 1
        assert len(await PostgresReceipts(database).find("TENANT1", delivery_id=7)) == 1
        assert await kept(database) == [*range(10), 1000]
        await merge_receipts(database, rows=3)
    assert await rows_of(database, "receipt_deltas") == 1


async def test_two_that_put_together_at_once_lose_and_double_nothing(database: Database) -> None:
    await deliver(database, *range(200))
    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(merge_receipts, database)
    assert await kept(database) == list(range(200))


async def test_beyond_a_days_room_what_succeeds_at_once_is_left_out_and_counted(
    database: Database,
) -> None:
    merger = ReceiptMerger(database, max_bytes_per_day=1)
    store = PostgresDeliveryStore(database, receipts=merger)
    await merger.merge_when_due()
    assert merger.is_full
    await enqueue(database, *map(make_delivery, range(10, 14)))
    await store.settle(Settlement(rescheduled=[Reschedule(12, 1, 0.0, "HTTP 503", HISTORY)]))
    await store.settle(Settlement([10, 11, 12, 13], statuses=[200] * 4, milliseconds=[1] * 4))
    receipts = PostgresReceipts(database)
    for _ in range(2):
        assert await kept(database) == [12]
        [receipt] = await receipts.find("TENANT1", delivery_id=12)
        assert list(receipt.history) == [HISTORY]
        assert await receipts.left_out("TENANT1", delivery_id=11) == 3
        assert await receipts.left_out("TENANT1", delivery_id=14) == 0
        assert await receipts.left_out("TENANT2", delivery_id=11) == 0
        now = receipt.settled_at
        [minute] = await receipts.count_by_minute(
            "TENANT1", 1, now - timedelta(hours=1), now + timedelta(hours=1)
        )
        assert (minute.counts, minute.left_out) == ({200: 1}, 3)
        await merge_receipts(database)


async def test_old_days_are_dropped_and_strays_come_to_their_day(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    await deliver(database, *range(300), at_once=300)
    postgres_server.psql(
        database_name, "UPDATE delivery_receipts SET settled_at = settled_at - interval '20 days'"
    )
    [row] = await ask(database, "SELECT (now() AT TIME ZONE 'UTC')::date AS today")
    today: date = row["today"]
    postgres_server.psql(
        database_name,
        "".join(
            f"INSERT INTO retention_days VALUES ('{today - timedelta(days=ago)}');"
            for ago in (0, 1, 2)
        ),
    )

    async def keep(days: int) -> list[str]:
        return list(await keep_receipts(database, today=today, retention_day=today, keep_days=days))

    assert await keep(0) == []
    assert (await ask(database, IN_DEFAULT))[0]["count"] == 0
    assert await kept(database) == list(range(300))
    assert await keep(20) == []
    assert await keep(19) == [f"delivery_receipts_{today - timedelta(days=20):%Y%m%d}"]
    assert await kept(database) == []
