"""Each delivery that was made leaves one receipt, in the transaction that removes it."""

from __future__ import annotations

from pulse_router.domain.deliveries import AttemptRecord, Reschedule, Settlement
from pulse_router.domain.receipts import Receipt
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.receipts.merging import merge_receipts
from pulse_router.stores.receipts.receipts import PostgresReceipts
from tests.support.delivery.deliveries import NOON, make_delivery
from tests.support.delivery.queue import enqueue

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
