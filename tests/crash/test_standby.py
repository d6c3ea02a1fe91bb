"""A standby is promoted under load, and the one that was the primary after it, again and again."""

from __future__ import annotations

from tests.support.commands.router import world_of
from tests.support.endurance.failovers import fail_over_again_and_again
from tests.support.endurance.seeds import seeded
from tests.support.endurance.shares import IS_LONG, share
from tests.support.servers.mosquitto import TestBroker
from tests.support.servers.standby import running_pair


async def test_what_was_acknowledged_is_stored_over_a_failover_and_back(
    mosquitto: TestBroker,
) -> None:
    with running_pair() as pair:
        database = pair.primary.create_database()
        with world_of(pair.primary, database, mosquitto) as world:
            world.router.environment["PULSE_DATABASE_URL"] = pair.login_url(database)
            with seeded(None if IS_LONG else 8) as seed:
                await fail_over_again_and_again(world, pair, times=share(0.08, least=2), seed=seed)
