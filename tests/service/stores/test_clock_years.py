"""A clock that was wrong by years, and is right again, hides nothing and holds nobody up."""

from __future__ import annotations

import pytest

from pulse_router.domain.deliveries import ClaimRefused, DeadLetter
from pulse_router.domain.leases import PARTITIONS
from pulse_router.postgres.database import Database
from pulse_router.stores.dead_letters.dead_letters import PostgresDeadLetterStore
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.deliveries.leases import PostgresLeaseStore
from tests.support.api.rows import ROWS
from tests.support.delivery.deliveries import make_delivery
from tests.support.delivery.queue import enqueue, ids
from tests.support.delivery.routers import leases_of
from tests.support.servers.postgres import PostgresForTests
from tests.support.waiting import wait_for

YEARS = ["2135-01-01", "1970-01-02", "infinity", "-infinity"]
SHORT_LEASE_SECONDS = 1.0


@pytest.mark.parametrize("in_order", [False, True])
@pytest.mark.parametrize("year", YEARS)
async def test_what_is_pending_is_due_whatever_clock_has_written_when(
    database: Database,
    postgres_server: PostgresForTests,
    database_name: str,
    year: str,
    *,
    in_order: bool,
) -> None:
    await enqueue(database, make_delivery(1), make_delivery(2), make_delivery(3))
    postgres_server.psql(
        database_name,
        f"UPDATE route_deliveries SET next_attempt_at = '{year}' WHERE id < 3;"
        "UPDATE route_deliveries SET attempts = 1 WHERE id = 1;",
    )
    store = PostgresDeliveryStore(database)
    found = await store.due(1, exclude=[], limit=10, in_order=in_order)
    assert (sorted(ids(found.deliveries)), found.next_due_after_seconds) == ([1, 2, 3], None)


@pytest.mark.parametrize("year", YEARS)
async def test_the_lanes_of_a_router_that_is_gone_are_taken_over(
    database: Database, postgres_server: PostgresForTests, database_name: str, year: str
) -> None:
    gone = PostgresLeaseStore(database, "gone")
    await gone.take_back()
    postgres_server.psql(
        database_name,
        f"UPDATE lane_leases SET expires_at = '{year}';"
        f"UPDATE lane_owners SET expires_at = '{year}'",
    )
    store = leases_of(database, "one", seconds=SHORT_LEASE_SECONDS)
    holding = await store.take_back()

    async def holds_all() -> bool:
        nonlocal holding
        holding = await store.renew(holding.epochs)
        return len(holding.epochs) == PARTITIONS and holding.routers == 1

    await wait_for(holds_all, seconds=20)


async def test_a_router_that_lives_keeps_its_lanes_over_a_step_of_the_clock(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    one, two = PostgresLeaseStore(database, "one"), PostgresLeaseStore(database, "two")
    held = await one.take_back()
    postgres_server.psql(
        database_name,
        "UPDATE lane_leases SET expires_at = '2135-01-01';"
        "UPDATE lane_owners SET expires_at = '2135-01-01'",
    )
    assert not (await two.take_back()).epochs, "it may be at work"
    assert (await one.renew(held.epochs)).epochs == held.epochs


@pytest.mark.parametrize("until", YEARS)
async def test_a_claim_that_a_wrong_clock_has_written_is_over(
    database: Database, postgres_server: PostgresForTests, database_name: str, until: str
) -> None:
    postgres_server.psql(
        database_name,
        ROWS["dead_letter_messages"].format(number=1, tenant="TENANT1")
        + f"; UPDATE dead_letter_messages SET claimed_until = '{until}'",
    )
    store = PostgresDeadLetterStore(database)
    assert isinstance(await store.claim("TENANT1", 1, seconds=600), DeadLetter)
    assert await store.claim("TENANT1", 1, seconds=600) is ClaimRefused.BUSY


async def test_what_is_due_since_ever_is_found_although_it_did_not_fit(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    await enqueue(database, make_delivery(1), make_delivery(2))
    postgres_server.psql(
        database_name, "UPDATE route_deliveries SET next_attempt_at = '-infinity', attempts = 1"
    )
    store = PostgresDeliveryStore(database)
    first = await store.due(1, exclude=[], limit=10, max_bytes=1)
    assert ids(first.deliveries) == [1]
    assert first.mark is not None
    second = await store.due(1, exclude=[1], limit=10, since=first.mark)
    assert ids(second.deliveries) == [2]
