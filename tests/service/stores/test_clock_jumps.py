"""PostgreSQL's clock jumps ahead by hours and by years: who lives keeps what it has.

The server goes by a clock that is set while it runs; routers go by their own time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from pulse_router.domain.deliveries import ClaimRefused, DeadLetter
from pulse_router.domain.errors import LifeOver, Unavailable
from pulse_router.domain.leases import CLAIM_SECONDS, PARTITIONS
from pulse_router.postgres.database import Database
from pulse_router.stores.dead_letters.dead_letters import PostgresDeadLetterStore
from pulse_router.stores.deliveries.leases import PostgresLeaseStore
from pulse_router.stores.heartbeats import Heartbeats
from pulse_router.stores.ingest.batches import PostgresIngestStore
from tests.support.api.rows import ROWS
from tests.support.delivery.queue import ask
from tests.support.ingest.commits import commit_of, message
from tests.support.servers.clusters import running_cluster
from tests.support.servers.faketime import WallClock
from tests.support.servers.folders import make_reachable_folder, remove_folder
from tests.support.servers.postgres import PostgresForTests

JUMPS = pytest.mark.parametrize("by", [timedelta(hours=2), timedelta(days=3653)], ids=str)
TENANT = "TENANT1"


@pytest.fixture(scope="module")
def wall_clock() -> Iterator[WallClock]:
    folder = make_reachable_folder("clock")
    clock = WallClock(folder / "postgres")
    clock.set_right()
    yield clock
    remove_folder(folder)


@pytest.fixture(scope="module")
def postgres_server(wall_clock: WallClock) -> Iterator[PostgresForTests]:
    """A server that goes by a clock of its own."""
    with running_cluster(environment=wall_clock.environment) as postgres:
        yield postgres


@pytest.fixture(autouse=True)
def set_right(wall_clock: WallClock) -> None:
    wall_clock.set_right()


@attrs.define
class OwnTime:
    """The time of a router's own, which goes on when the test says so."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


class Router:
    """What one life of a router has in the database."""

    def __init__(self, database: Database, owner: str, time: OwnTime, client: str = "") -> None:
        heartbeats = Heartbeats(clock=time)
        self.leases = PostgresLeaseStore(database, owner, heartbeats=heartbeats)
        self.dead_letters = PostgresDeadLetterStore(database, heartbeats=heartbeats)
        self.ingest = PostgresIngestStore(
            database, client_id=client or owner, owner=owner, heartbeats=heartbeats
        )


async def jump(clock: WallClock, database: Database, by: timedelta) -> None:
    clock.set_to(datetime.now(UTC) + by)
    [row] = await ask(database, "SELECT now() AS now")
    assert abs(row["now"] - by - datetime.now(UTC)) < timedelta(minutes=1)


@JUMPS
async def test_the_lanes_of_one_that_lives_are_not_taken(
    database: Database, wall_clock: WallClock, by: timedelta
) -> None:
    time = OwnTime()
    one, two = (Router(database, owner, time).leases for owner in ("one", "two"))
    held = await one.take_back()
    assert (await two.take_back()).epochs == {}
    await one.renew(held.epochs)
    assert (await two.renew({})).routers == 2

    await jump(wall_clock, database, by)

    assert (await two.renew({})).epochs == {}
    assert (await two.renew({})).routers == 2, "it lives, and has its share"
    third = Router(database, "three", time).leases
    assert (await third.take_back()).epochs == {}, "nor by one that begins"
    assert (await one.renew(held.epochs)).epochs == held.epochs


@JUMPS
async def test_the_lanes_of_one_that_is_dead_are_free_when_it_was_watched_for_five_seconds(
    database: Database, wall_clock: WallClock, by: timedelta
) -> None:
    time = OwnTime()
    one, two = (Router(database, owner, time).leases for owner in ("one", "two"))
    await one.take_back()
    await two.take_back()
    await jump(wall_clock, database, -by)  # then it would seem to live for long
    for time.seconds in (1.6, 3.2, 4.8, 4.9):
        assert (await two.renew({})).epochs == {}
    time.seconds = 5.0
    holding = await two.renew({})
    assert (len(holding.epochs), holding.routers) == (PARTITIONS, 1)


@JUMPS
async def test_nobody_takes_over_the_client_id_of_one_that_lives(
    database: Database, wall_clock: WallClock, by: timedelta
) -> None:
    time = OwnTime()
    one, two = (Router(database, owner, time, client="box") for owner in ("one", "two"))
    await one.leases.take_back()
    await one.ingest.begin()
    with pytest.raises(Unavailable, match="this one waits"):
        await two.ingest.begin()

    await jump(wall_clock, database, by)

    with pytest.raises(Unavailable, match="this one waits"):
        await two.ingest.begin()
    await Router(database, "three", time).leases.take_back()  # which forgets who is gone
    for time.seconds in (4.9, 9.8):
        await one.leases.renew({})
        with pytest.raises(Unavailable, match="this one waits"):
            await two.ingest.begin()
    await one.ingest.commit(commit_of(message(1)))
    time.seconds = 9.8 + 5.0
    await two.ingest.begin()
    with pytest.raises(LifeOver):
        await one.ingest.commit(commit_of(message(2)))


@pytest.fixture
def dead_letter(postgres_server: PostgresForTests, database_name: str) -> int:
    row = ROWS["dead_letter_messages"].format(number=1, tenant=TENANT)
    postgres_server.psql(database_name, row)
    return 1


@JUMPS
@pytest.mark.parametrize("tenant", [TENANT, None])
async def test_a_dead_letter_stays_claimed_by_one_that_lives(
    database: Database,
    wall_clock: WallClock,
    dead_letter: int,
    by: timedelta,
    tenant: str | None,
) -> None:
    time = OwnTime()
    one, two = (Router(database, owner, time) for owner in ("one", "two"))
    await one.leases.take_back()
    assert isinstance(await one.dead_letters.claim(tenant, dead_letter, seconds=600), DeadLetter)

    await jump(wall_clock, database, by)

    for time.seconds in (0, CLAIM_SECONDS - 1):
        for router in (one, two):
            store = router.dead_letters
            refused = await store.claim(tenant, dead_letter, seconds=600)
            assert refused is ClaimRefused.BUSY
            assert await store.discard_dead_letter(tenant, dead_letter) is ClaimRefused.BUSY
    assert await two.dead_letters.purge_dead_letters(tenant, older_than_days=1) == 0
    await one.dead_letters.release(tenant, dead_letter, failed=None)
    assert isinstance(await two.dead_letters.claim(tenant, dead_letter, seconds=600), DeadLetter)


async def test_a_claim_ends_at_once_when_who_made_it_begins_anew(
    database: Database, dead_letter: int
) -> None:
    time = OwnTime()
    one, two = (Router(database, owner, time) for owner in ("one", "two"))
    await one.leases.take_back()
    await one.dead_letters.claim(TENANT, dead_letter, seconds=600)
    refused = await two.dead_letters.claim(TENANT, dead_letter, seconds=600)
    assert refused is ClaimRefused.BUSY
    again = Router(database, "one", time)
    await again.leases.take_back()
    claimed = await two.dead_letters.claim(TENANT, dead_letter, seconds=600)
    assert isinstance(claimed, DeadLetter)


@pytest.mark.parametrize("lives", [False, True])
async def test_a_claim_that_was_not_given_back_ends_by_itself(
    database: Database, dead_letter: int, *, lives: bool
) -> None:
    """Whether who made it has died, or lives and could not reach the database in time."""
    time = OwnTime()
    one, two = (Router(database, owner, time) for owner in ("one", "two"))
    await one.leases.take_back()
    await one.dead_letters.claim(TENANT, dead_letter, seconds=600)
    refused = await two.dead_letters.claim(TENANT, dead_letter, seconds=600)
    assert refused is ClaimRefused.BUSY
    time.seconds = CLAIM_SECONDS
    if lives:
        await one.leases.renew({})
    claimed = await two.dead_letters.claim(TENANT, dead_letter, seconds=600)
    assert isinstance(claimed, DeadLetter)


async def test_who_stops_while_a_replay_of_its_goes_on_keeps_its_claim(
    database: Database, dead_letter: int
) -> None:
    time = OwnTime()
    one, two = (Router(database, owner, time) for owner in ("one", "two"))
    held = await one.leases.take_back()
    await one.dead_letters.claim(TENANT, dead_letter, seconds=600)
    await one.leases.release(held.epochs, leave=True)
    refused = await two.dead_letters.claim(TENANT, dead_letter, seconds=600)
    assert refused is ClaimRefused.BUSY
    await one.dead_letters.release(TENANT, dead_letter, failed=None)
    claimed = await two.dead_letters.claim(TENANT, dead_letter, seconds=600)
    assert isinstance(claimed, DeadLetter)
