"""Two routers on one real database take in messages for one ordered route, and are killed.

What one has stored before the other read the next goes out first; nothing is attempted twice at
once, nothing is lost.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence

import attrs
import pytest
import trio

from pulse_router.delivery.dispatcher import Dispatcher
from pulse_router.domain.deliveries import Delivery, Outcome
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.postgres.database import Database
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.roles import Role
from tests.support.delivery.deliveries import FakeRoutes, as_new, make_delivery, make_route
from tests.support.delivery.destinations import DELIVERED, FAILED, FakeDestination
from tests.support.delivery.matches import note_matched
from tests.support.delivery.queue import COLUMNS, ask
from tests.support.delivery.routers import (
    HALVES,
    LEASE_SECONDS,
    LeasesUnderPower,
    leases_of,
    wait_until_empty,
    wait_until_held,
)
from tests.support.waiting import wait_until

pytestmark = pytest.mark.usefixtures("matches_balance")

ENOUGH = 100
"""Commits, of which each brings one delivery at the least."""
KILLS = int(os.environ.get("PULSE_CRASH_KILLS", "2"))
ROUTES = (1, 17)
"""One lies in either half of the partitions."""
RETRY = {"max_attempts": 1000, "initial_seconds": 0.01, "max_seconds": 0.05}


@attrs.define
class Stored:
    """What was stored in one commit, and between which steps of the test."""

    deliveries: Sequence[Delivery]
    begun_at: int
    ended_at: int


@attrs.frozen
class Life:
    """A router from its start to its kill."""

    leases: LeasesUnderPower
    power: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    ended: trio.Event = attrs.field(factory=trio.Event)

    async def kill(self) -> None:
        self.leases.has_power = False
        self.power.cancel()
        await self.ended.wait()


@attrs.define
class World:
    """What is stored by anybody, and attempted by anybody."""

    database: Database
    dice: random.Random
    steps: Iterator[int] = attrs.field(factory=lambda: iter(range(1, 1_000_000)))
    commits: list[Stored] = attrs.field(factory=list)
    first_attempts: dict[int, int] = attrs.field(factory=dict)
    delivered: set[int] = attrs.field(factory=set)
    may_store: trio.Event = attrs.field(factory=trio.Event)
    destination: FakeDestination = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.destination = FakeDestination(
            self.respond, seconds=lambda _: self.dice.choice((0.0, 0.002, 0.01))
        )

    def respond(self, delivery: Delivery, _route: Route, _attempt: int) -> Outcome:
        self.first_attempts.setdefault(delivery.id, len(self.first_attempts))
        outcome = self.dice.choice((DELIVERED, DELIVERED, DELIVERED, FAILED))
        if outcome is DELIVERED:
            self.delivered.add(delivery.id)
        return outcome

    async def store(self, name: str, dispatcher: Dispatcher) -> None:
        """Read a few messages and store them, as a router's writer does."""
        begun_at = next(self.steps)
        deliveries = [
            make_delivery(next(self.steps), route_id=self.dice.choice(ROUTES))
            for _ in range(self.dice.choice((1, 1, 3)))
        ]
        new = [as_new(delivery) for delivery in deliveries]
        dispatcher.committing(new)
        async with self.database.transaction(Role.INGEST) as transaction:
            rows = [tuple(getattr(delivery, name) for name in COLUMNS) for delivery in deliveries]
            await transaction.copy("route_deliveries", COLUMNS, rows)
            await transaction.execute(note_matched(len(rows), name))
            await trio.sleep(self.dice.choice((0.0, 0.0, 0.01)))
        self.commits.append(Stored(deliveries, begun_at, next(self.steps)))
        dispatcher.committed(new)

    async def run_router(self, name: str, *, task_status: trio.TaskStatus[Life]) -> None:
        """Deliver and take in, until the power is cut."""
        leases = LeasesUnderPower.of(self.database, name, seconds=LEASE_SECONDS)
        dispatcher = Dispatcher(
            PostgresDeliveryStore(self.database),
            FakeRoutes(*(make_route(number, ordered=True, retry=RETRY) for number in ROUTES)),
            {DestinationType.WEBHOOK: self.destination},
            leases=leases,
        )
        life = Life(leases)
        with life.power:
            async with trio.open_nursery() as nursery:
                await nursery.start(dispatcher.run)
                task_status.started(life)
                await self.may_store.wait()
                while True:
                    await self.store(name, dispatcher)
                    await trio.sleep(self.dice.choice((0.0, 0.005, 0.05)))
        life.ended.set()

    def check_order(self, route_id: int) -> None:
        """Whatever was stored before another was read was attempted before it."""
        places = [
            (commit.begun_at, commit.ended_at, self.first_attempts[delivery.id])
            for commit in self.commits
            for delivery in commit.deliveries
            if delivery.route_id == route_id
        ]
        for begun_at, _, place in places:
            earlier = [at for _, ended_at, at in places if ended_at < begun_at]
            assert max(earlier, default=-1) < place


async def test_order_holds_between_routers_whichever_is_killed(database: Database) -> None:
    dice = random.Random(11)
    world = World(database, dice)
    with trio.fail_after(60 + 20 * KILLS):
        async with trio.open_nursery() as nursery:
            lives = {name: await nursery.start(world.run_router, name) for name in HALVES}
            await wait_until_held(database, HALVES)  # they know of each other then
            world.may_store.set()
            for _ in range(KILLS):
                await trio.sleep(dice.uniform(0.3, 1.0))
                victim = dice.choice(list(lives))
                await lives[victim].kill()
                # Now and then it is away for so long that the other takes its lanes over.
                await trio.sleep(dice.choice((0.0, 1.5 * LEASE_SECONDS)))
                lives[victim] = await nursery.start(world.run_router, victim)
            # A machine that is busy elsewhere stores less in the same time.
            await wait_until(lambda: len(world.commits) >= ENOUGH)
            await trio.sleep(1)
            for life in lives.values():
                await life.kill()
        async with trio.open_nursery() as nursery:
            await nursery.start(finish, world)
            await wait_until_empty(database)
            nursery.cancel_scope.cancel()
    stored = {delivery.id for commit in world.commits for delivery in commit.deliveries}
    assert stored <= world.delivered, "nothing is lost"
    assert len(stored) >= ENOUGH
    assert await ask(database, "SELECT 1 FROM dead_letter_messages") == []
    for route_id in ROUTES:
        world.check_order(route_id)


async def finish(  # noqa: ASYNC128 - started by the dispatcher
    world: World, *, task_status: trio.TaskStatus[None]
) -> None:
    """Deliver what is left, and take nothing in."""
    dispatcher = Dispatcher(
        PostgresDeliveryStore(world.database),
        FakeRoutes(*(make_route(number, ordered=True, retry=RETRY) for number in ROUTES)),
        {DestinationType.WEBHOOK: world.destination},
        leases=leases_of(world.database, "one", seconds=LEASE_SECONDS),
    )
    await dispatcher.run(task_status=task_status)
