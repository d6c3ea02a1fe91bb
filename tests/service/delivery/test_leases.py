"""Two routers on one real database: they share the lanes, and neither repeats what is settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio

from pulse_router.delivery.dispatcher import Dispatcher
from pulse_router.domain.deliveries import Outcome, Settlement
from pulse_router.domain.leases import PARTITIONS, LeaseLost, partition_of
from pulse_router.domain.routes import DestinationType
from pulse_router.postgres.database import Database, open_database
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from tests.support.delivery.deliveries import FakeRoutes, make_delivery, make_route
from tests.support.delivery.destinations import DELIVERED, FAILED, FakeDestination
from tests.support.delivery.queue import ask, enqueue
from tests.support.delivery.routers import (
    HALVES,
    LEASE_SECONDS,
    LeasesUnderPower,
    held,
    leases_of,
    take_over,
    wait_until_empty,
    wait_until_held,
)
from tests.support.servers.frozen import freeze_all, thaw_all
from tests.support.servers.pgbouncer import open_pgbouncer
from tests.support.servers.postgres import PostgresForTests
from tests.support.waiting import wait_until

pytestmark = pytest.mark.usefixtures("matches_balance")
SHORT_LEASE_SECONDS = 0.6
ROUTES = range(1, 65)


class Ledger:
    """What any router has attempted, and whether each attempt was settled."""

    def __init__(self) -> None:
        self.attempts: Counter[int] = Counter()
        self.by_router: Counter[str] = Counter()

    async def wait_for_more(self, count: int) -> None:
        some = self.attempts.total() + count
        await wait_until(lambda: self.attempts.total() >= some)


@asynccontextmanager
async def open_router(
    database: Database,
    name: str,
    ledger: Ledger,
    *,
    outcome: Callable[[], Outcome] = lambda: DELIVERED,
    seconds: float = 0.005,
    lease_seconds: float = LEASE_SECONDS,
) -> AsyncIterator[tuple[Dispatcher, Callable[[], None]]]:
    """Run a dispatcher, and give what cuts its power."""

    def respond(delivery: object, _route: object, _attempt: int) -> Outcome:
        ledger.attempts[delivery.id] += 1  # type: ignore[attr-defined]  # a delivery
        ledger.by_router[name] += 1
        return outcome()

    leases = LeasesUnderPower.of(database, name, seconds=lease_seconds)
    dispatcher = Dispatcher(
        PostgresDeliveryStore(database),
        FakeRoutes(*map(make_route, ROUTES)),
        {DestinationType.WEBHOOK: FakeDestination(respond, seconds=lambda _: seconds)},
        leases=leases,
    )

    def cut() -> None:
        leases.has_power = False
        power.cancel()

    with trio.CancelScope() as power:
        async with trio.open_nursery() as nursery:
            await nursery.start(dispatcher.run)
            yield dispatcher, cut
            dispatcher.drain(deadline=trio.current_time() + 2)


async def fill(database: Database, first: int, count: int) -> None:
    await enqueue(
        database,
        *(
            make_delivery(number, route_id=1 + number % len(ROUTES))
            for number in range(first, first + count)
        ),
    )


async def test_one_router_alone_holds_everything(database: Database) -> None:
    ledger = Ledger()
    await fill(database, 1, 200)
    async with open_router(database, "one", ledger):
        await wait_until_held(database, {"one": PARTITIONS})
        await wait_until_empty(database)
    assert set(ledger.attempts.values()) == {1}
    assert await held(database) == {}, "a router that stops gives its leases back"


async def test_two_routers_share_the_work_and_send_nothing_twice(database: Database) -> None:
    ledger = Ledger()
    async with open_router(database, "one", ledger), open_router(database, "two", ledger):
        await wait_until_held(database, HALVES)
        await fill(database, 1, 1000)
        await wait_until_empty(database)
    assert set(ledger.attempts.values()) == {1}
    assert len(ledger.attempts) == 1000
    assert min(ledger.by_router.values()) > 300


async def test_what_stands_still_for_longer_than_a_lease_gives_nobodys_lanes_away(
    database: Database, postgres_server: PostgresForTests
) -> None:
    """Whoever looks first afterwards finds that the others have said nothing for as long."""
    ledger = Ledger()
    async with open_router(database, "one", ledger), open_router(database, "two", ledger):
        await wait_until_held(database, HALVES)
        before = await epochs_by_owner(database)
        for pause in range(2):
            await fill(database, 1 + 1000 * pause, 1000)
            await ledger.wait_for_more(100)
            stopped = freeze_all(postgres_server.pid)
            try:
                await trio.sleep(LEASE_SECONDS + 1.5)
            finally:
                thaw_all(stopped)
            await wait_until_empty(database)
        assert await epochs_by_owner(database) == before
    assert set(ledger.attempts.values()) == {1}
    assert len(ledger.attempts) == 2000


async def epochs_by_owner(database: Database) -> list[dict[str, object]]:
    return await ask(database, "SELECT partition, owner, epoch FROM lane_leases ORDER BY 1")


async def test_a_router_that_joins_in_the_middle_repeats_nothing(database: Database) -> None:
    ledger = Ledger()
    await fill(database, 1, 3000)
    filled = 3000
    async with open_router(database, "one", ledger), open_router(database, "two", ledger):

        async def fill_until(done: trio.Event) -> None:
            nonlocal filled
            while not done.is_set():
                await fill(database, filled + 1, len(ROUTES))
                filled += len(ROUTES)
                await trio.sleep(0.02)

        async with trio.open_nursery() as nursery:
            has_joined = trio.Event()
            nursery.start_soon(fill_until, has_joined)
            await wait_until_held(database, HALVES)
            await wait_until(lambda: ledger.by_router["two"] > 0)
            has_joined.set()
        await wait_until_empty(database)
    assert set(ledger.attempts.values()) == {1}
    assert set(ledger.attempts) == set(range(1, filled + 1))
    assert ledger.by_router["one"] > 0


async def test_after_a_power_cut_the_other_takes_over(database: Database) -> None:
    ledger = Ledger()
    short = partial(open_router, database, ledger=ledger, lease_seconds=SHORT_LEASE_SECONDS)
    async with short("two"):
        async with short("one", seconds=60) as (dispatcher, cut):
            await wait_until_held(database, HALVES)
            await fill(database, 1, 64)
            await wait_until(lambda: dispatcher.in_flight > 0)
            cut()
        await wait_until_empty(database)
        await wait_until_held(database, {"two": PARTITIONS})
    assert set(ledger.attempts) == set(range(1, 65))


async def test_the_same_router_takes_its_own_back_at_once(database: Database) -> None:
    first_life = leases_of(database, "one", seconds=3600)
    second_life = leases_of(database, "one", seconds=3600)
    before = await first_life.take_back()
    after = await second_life.take_back()
    assert set(after.epochs) == set(before.epochs) == set(range(PARTITIONS))
    assert all(after.epochs[number] > before.epochs[number] for number in range(PARTITIONS))
    assert (await first_life.renew(before.epochs)).epochs == {}, "the first life is over"


async def test_nobody_takes_what_another_renews(database: Database) -> None:
    one = leases_of(database, "one", seconds=3600)
    two = leases_of(database, "two", seconds=3600)
    holding = await one.take_back()
    assert (await two.take_back()).epochs == {}
    renewed = await one.renew(holding.epochs)
    assert renewed.epochs == holding.epochs
    assert (renewed.routers, renewed.surplus) == (2, PARTITIONS // 2)
    given = {number: holding.epochs[number] for number in range(4)}
    await one.release(given)
    assert set((await two.renew({})).epochs) == set(range(4))


async def test_settling_is_refused_once_another_router_has_taken_over(database: Database) -> None:
    store = PostgresDeliveryStore(database)
    await enqueue(database, make_delivery(1, route_id=7))
    lease = leases_of(database, "one", seconds=0.01)
    epochs = (await lease.take_back()).epochs
    await trio.sleep(0.05)
    await store.settle(Settlement(epochs={7: epochs[7]}))  # expired, but nobody has taken it
    await take_over(database, "two")
    late = Settlement(delivered=[1], epochs={partition_of(7): epochs[7]})
    with pytest.raises(LeaseLost) as caught:
        await store.settle(late)
    assert caught.value.partitions == {7}
    assert len(await ask(database, "SELECT 1 FROM route_deliveries")) == 1


async def test_what_fails_is_retried_by_whoever_holds_the_lane(database: Database) -> None:
    ledger = Ledger()
    outcomes = iter([FAILED] * 20)
    await fill(database, 1, 40)
    async with (
        open_router(database, "one", ledger, outcome=lambda: next(outcomes, DELIVERED)),
        open_router(database, "two", ledger),
    ):
        await wait_until_empty(database)
    assert sum(ledger.attempts.values()) <= 60
    assert await ask(database, "SELECT 1 FROM dead_letter_messages") == []


async def test_two_routers_share_the_work_behind_pgbouncer_too(
    database: Database, database_name: str, postgres_server: PostgresForTests
) -> None:
    ledger, after_the_cut = Ledger(), Ledger()
    async with open_pgbouncer(postgres_server) as pgbouncer:
        url = pgbouncer.login_url(database_name)
        async with (
            open_database(url, pgbouncer=True) as of_one,
            open_database(url, pgbouncer=True) as of_two,
            open_router(of_two, "two", ledger),
        ):
            async with open_router(of_one, "one", ledger) as (_, cut):
                await wait_until_held(database, HALVES)
                await fill(database, 1, 1000)
                await wait_until_empty(database)
                assert set(ledger.attempts.values()) == {1}
                assert len(ledger.attempts) == 1000
                assert min(ledger.by_router.values()) > 300
                cut()
            # One restarts behind the same PgBouncer, and takes its own back at once.
            await fill(database, 1001, 1000)
            async with open_router(of_one, "one", after_the_cut):
                await wait_until_empty(database)
                await wait_until_held(database, HALVES)
        together = ledger.attempts + after_the_cut.attempts
        assert set(together.values()) == {1}
        assert set(together) == set(range(1, 2001))
        assert after_the_cut.attempts
