"""Each delivery that was made leaves one receipt, in the transaction that removes it."""

from __future__ import annotations

from random import Random

import pytest

from pulse_router.domain.deliveries import AttemptRecord, Reschedule, Settlement
from pulse_router.domain.leases import LeaseLost
from pulse_router.domain.receipts import Receipt
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.receipts.merging import merge_receipts
from pulse_router.stores.receipts.receipts import PostgresReceipts
from tests.support.delivery.deliveries import NOON, make_delivery
from tests.support.delivery.queue import enqueue
from tests.support.servers.postgres import PostgresForTests

FAILED = AttemptRecord(NOON, 503, 0.25, "HTTP 503", "busy")


def told(receipt: Receipt) -> tuple[int, int, int, int, int | None, float]:
    return (
        receipt.delivery_id,
        receipt.event_id,
        receipt.route_id,
        receipt.attempts,
        receipt.status,
        receipt.milliseconds,
    )


async def find(database: Database, tenant: str = "TENANT1", **ids: int) -> list[Receipt]:
    return list(await PostgresReceipts(database).find(tenant, **ids))


async def test_a_receipt_says_how_a_delivery_ended(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    await enqueue(
        database,
        make_delivery(1, event_id=100),
        make_delivery(2, event_id=100, route_id=2),
        make_delivery(3, event_id=101),
        make_delivery(4, event_id=102, tenant_id="TENANT2", route_id=3),
    )
    await store.settle(Settlement(rescheduled=[Reschedule(3, 1, 0.0, "HTTP 503", FAILED)]))
    await store.settle(
        Settlement([1, 2, 3, 4], statuses=[200, None, 202, 200], milliseconds=[7, 1, 12, 3])
    )
    for _ in range(2):
        assert sorted(map(told, await find(database, event_id=100))) == [
            (1, 100, 1, 1, 200, 7),
            (2, 100, 2, 1, None, 1),
        ]
        (retried,) = await find(database, delivery_id=3)
        assert told(retried) == (3, 101, 1, 2, 202, 12)
        assert list(retried.history) == [FAILED]
        assert await find(database, event_id=102) == []
        assert await find(database, event_id=103) == []
        (other,) = await find(database, "TENANT2", event_id=102, delivery_id=4)
        assert told(other) == (4, 102, 3, 1, 200, 3)
        await merge_receipts(database)


@pytest.mark.parametrize("count", [6, 300])
async def test_what_is_answered_alike_is_settled_as_all_else_whatever_stands_in_the_queue(
    database: Database, postgres_server: PostgresForTests, database_name: str, count: int
) -> None:
    def ask(sql: str) -> str:
        return postgres_server.psql(database_name, sql)

    ask(
        "INSERT INTO message_routes (id, tenant_id, name, topic_filter, destination_type)"
        " OVERRIDING SYSTEM VALUE VALUES (1, 'TENANT1', 'r', '#', 'webhook')"
    )
    ids = list(range(1, count + 1))
    await enqueue(database, *(make_delivery(n, event_id=1000 - n) for n in ids))
    ask("DELETE FROM route_deliveries WHERE id = 2")  # gone
    ask("UPDATE route_deliveries SET attempts = 3 WHERE id = 3")
    ask("UPDATE route_deliveries SET tenant_id = 'TENANT2' WHERE id = 4")  # by hand
    ask("UPDATE route_deliveries SET route_id = 9 WHERE id = 5")
    Random(count).shuffle(ids)
    store = PostgresDeliveryStore(database)
    ended = Settlement(
        [*ids, *ids[:3]],
        statuses=[204] * (count + 3),
        milliseconds=[*ids, *ids[:3]],
        alike=1,
    )
    for _ in range(2):  # the second time changes nothing
        await store.settle(ended)
    assert ask("SELECT count(*) FROM route_deliveries") == "0"
    for merged in (False, True):
        if merged:
            await merge_receipts(database)
        for number in ids:
            tenant = "TENANT2" if number == 4 else "TENANT1"
            route, attempts = 9 if number == 5 else 1, 4 if number == 3 else 1
            wanted = (number, 1000 - number, route, attempts, 204, number)
            found = await find(database, tenant, delivery_id=number)
            assert list(map(told, found)) == ([] if number == 2 else [wanted])
            assert await find(database, tenant, event_id=1000 - number) == found
    counted = "SELECT tenant_id, sum(value) FROM ledger_deltas GROUP BY 1 ORDER BY 1"
    assert ask(counted).split() == [f"TENANT1|{count - 2}", "TENANT2|1"]
    assert ask("SELECT sum(delivered) FROM route_deltas WHERE route_id = 1") == str(count - 2)


async def test_what_is_answered_alike_is_settled_by_who_holds_its_lane_alone(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    await enqueue(database, make_delivery(1, event_id=100))
    store = PostgresDeliveryStore(database)
    with pytest.raises(LeaseLost):
        await store.settle(
            Settlement([1], statuses=[204], milliseconds=[1], alike=1, epochs={0: 9})
        )
    assert postgres_server.psql(database_name, "SELECT count(*) FROM route_deliveries") == "1"
    assert await find(database, event_id=100) == []
