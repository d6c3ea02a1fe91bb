"""A lease lasts as long as the life that holds it, for routers of the release before as well."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import pytest
import trio

from pulse_router.domain.deliveries import Settlement
from pulse_router.domain.leases import PARTITIONS
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.deliveries.leases import PostgresLeaseStore
from pulse_router.stores.roles import Role
from tests.support.delivery.queue import ask
from tests.support.delivery.routers import leases_of
from tests.support.waiting import wait_for

SHORT_SECONDS = 1.0
HALF = PARTITIONS // 2


@attrs.frozen
class OlderRouter:
    """What a router of the release before says to the database, and how it judges what it finds."""

    database: Database
    seconds: float = SHORT_SECONDS

    async def begin(self) -> Mapping[int, int]:
        async with self.database.transaction(Role.OPERATOR) as transaction:
            await transaction.execute(
                "UPDATE lane_leases SET epoch = epoch + 1,"
                " expires_at = now() + $1 * interval '1 second' WHERE owner = 'older'",
                self.seconds,
            )
        return await self.renew()

    async def renew(self) -> Mapping[int, int]:
        async with self.database.transaction(Role.OPERATOR) as transaction:
            own = await transaction.fetch(
                "UPDATE lane_leases SET expires_at = now() + $1 * interval '1 second'"
                " WHERE owner = 'older' RETURNING partition, epoch",
                self.seconds,
            )
            await transaction.execute(
                "INSERT INTO lane_owners VALUES ('older', now() + $1 * interval '1 second')"
                " ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at",
                self.seconds,
            )
            routers = await transaction.fetch_value(
                "SELECT count(*) FROM lane_owners WHERE expires_at > now()"
            )
            taken = await transaction.fetch(
                "UPDATE lane_leases SET owner = 'older', epoch = epoch + 1,"
                " expires_at = now() + $1 * interval '1 second'"
                " WHERE partition IN (SELECT partition FROM lane_leases WHERE expires_at <= now()"
                " ORDER BY partition LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING partition, epoch",
                self.seconds,
                max(0, -(-PARTITIONS // routers) - len(own)),
            )
        return {row["partition"]: row["epoch"] for row in (*own, *taken)}


async def rows_of_leases(database: Database) -> list[dict[str, object]]:
    return await ask(database, "SELECT *, ctid::text, xmin::text FROM lane_leases ORDER BY 1")


async def test_renewing_writes_no_lease_anew(database: Database) -> None:
    one = PostgresLeaseStore(database, "one")
    holding = await one.take_back()
    before = await rows_of_leases(database)
    for _ in range(5):
        assert (await one.renew(holding.epochs)).epochs == holding.epochs
    assert await rows_of_leases(database) == before
    heartbeats = await ask(database, "SELECT 1 FROM lane_heartbeats")
    assert len(heartbeats) == 1, "each takes the place of the one before"


async def test_what_was_taken_though_the_answer_was_lost_is_found_to_be_held(
    database: Database,
) -> None:
    """A life that goes on would keep it from everybody else otherwise, and not work for it."""
    one = PostgresLeaseStore(database, "one")
    taken = await one.take_back()
    assert (await one.renew({})).epochs == taken.epochs


async def test_an_earlier_life_that_goes_on_keeps_nothing_of_its_successors(
    database: Database,
) -> None:
    earlier = leases_of(database, "one", seconds=SHORT_SECONDS)
    await earlier.take_back()
    later = leases_of(database, "one", seconds=SHORT_SECONDS)
    held = await later.take_back()
    assert (await earlier.renew({})).epochs == {}
    assert (await later.renew(held.epochs)).epochs == held.epochs
    other = leases_of(database, "two", seconds=SHORT_SECONDS)
    holding = await other.take_back()

    async def both_share() -> bool:  # the successor is gone, without a goodbye
        nonlocal holding
        holding = await other.renew(holding.epochs)
        surplus = list(holding.epochs.items())[: holding.surplus]
        await other.release(dict(surplus))
        of_earlier = await earlier.renew({})
        return (len(holding.epochs), len(of_earlier.epochs), holding.routers) == (HALF, HALF, 2)

    await wait_for(both_share, seconds=20)


async def test_what_nobody_refers_to_any_more_is_removed_when_a_life_begins(
    database: Database,
) -> None:
    for _ in range(3):
        await PostgresLeaseStore(database, "one").take_back()
    assert len(await ask(database, "SELECT 1 FROM lane_heartbeats")) == 1
    last = PostgresLeaseStore(database, "one")
    await last.release((await last.take_back()).epochs, leave=True)
    assert await ask(database, "SELECT 1 FROM lane_heartbeats") == []
    assert await ask(database, "SELECT 1 FROM lane_owners") == []


async def test_a_router_of_the_release_before_takes_nothing_of_one_that_lives(
    database: Database,
) -> None:
    one = leases_of(database, "one", seconds=SHORT_SECONDS)
    holding = await one.take_back()
    with trio.move_on_after(2.5 * SHORT_SECONDS):
        while True:  # its rows are not written meanwhile
            holding = await one.renew(holding.epochs)
            await trio.sleep(SHORT_SECONDS / 5)
    older = OlderRouter(database)
    assert await older.begin() == {}
    holding = await one.renew(holding.epochs)
    assert (len(holding.epochs), holding.routers) == (PARTITIONS, 2)
    await one.release({number: holding.epochs[number] for number in range(HALF)})
    assert set(await older.renew()) == set(range(HALF)), "they share, each knows of the other"
    with trio.move_on_after(2.5 * SHORT_SECONDS):
        while True:
            assert set((await one.renew({})).epochs) == set(range(HALF, PARTITIONS))
            assert set(await older.renew()) == set(range(HALF))
            await trio.sleep(SHORT_SECONDS / 5)


async def test_a_router_of_the_release_before_soon_has_the_lanes_of_one_that_died_alone(
    database: Database,
) -> None:
    """Which knew of no older one, so that its rows say that it holds them for ever."""
    await leases_of(database, "one", seconds=SHORT_SECONDS).take_back()
    older = OlderRouter(database)

    async def older_has_all() -> bool:
        return len(await older.begin()) == PARTITIONS

    with trio.fail_after(20):
        await wait_for(older_has_all)


async def test_one_that_begins_beside_the_row_of_a_dead_one_gives_up_nothing_of_its_own(
    database: Database,
) -> None:
    """It would stand still for as long as it does not know better."""
    dead = leases_of(database, "two", seconds=SHORT_SECONDS)
    await dead.release((await dead.take_back()).epochs)
    await leases_of(database, "one", seconds=SHORT_SECONDS).take_back()
    again = leases_of(database, "one", seconds=SHORT_SECONDS)
    holding = await again.take_back()
    assert (len(holding.epochs), holding.surplus) == (PARTITIONS, 0)
    assert (holding.routers, holding.doubtful) == (1, 1), "nor is it sure to be alone"
    await dead.renew({})
    shared = await again.renew(holding.epochs)
    assert (shared.routers, shared.doubtful, shared.surplus) == (2, 0, HALF)


async def test_routers_of_both_releases_take_over_from_each_other(database: Database) -> None:
    one = leases_of(database, "one", seconds=SHORT_SECONDS)
    older = OlderRouter(database)
    await one.take_back()
    await older.begin()
    await one.renew({})

    async def older_has_all() -> bool:
        return len(await older.renew()) == PARTITIONS

    await wait_for(older_has_all, seconds=20)

    async def one_has_all() -> bool:
        return len((await one.renew({})).epochs) == PARTITIONS

    await wait_for(one_has_all, seconds=20)
    one_alone = await one.renew({})
    assert one_alone.routers == 1
    await one.renew({})
    assert await older.begin() == {}, "our rows last for it again"


@pytest.mark.parametrize("asks", ["renews", "settles", "releases"])
async def test_leases_are_locked_in_one_order_by_whoever_locks_several(
    database: Database, asks: str
) -> None:
    """Or those who renew and those who settle would wait for each other in a circle."""
    one = PostgresLeaseStore(database, "one")
    held = (await one.take_back()).epochs
    backwards = {number: held[number] for number in (9, 5, 1)}
    does = {
        "renews": lambda: one.renew(backwards),
        "settles": lambda: PostgresDeliveryStore(database).settle(Settlement(epochs=backwards)),
        "releases": lambda: one.release(backwards),
    }[asks]
    async with trio.open_nursery() as nursery, database.transaction(Role.OPERATOR) as holder:
        await holder.fetch("SELECT FROM lane_leases WHERE partition = 5 FOR UPDATE")
        nursery.start_soon(does)

        async def is_locked(partition: int) -> bool:
            async with database.transaction(Role.OPERATOR) as looker:
                return not await looker.fetch(
                    "SELECT 1 FROM lane_leases WHERE partition = $1 FOR UPDATE SKIP LOCKED",
                    partition,
                )

        await wait_for(lambda: is_locked(1))
        assert not await is_locked(9)
