"""`kill -9` under brokers of several habits: nothing is lost, and doubled only what they hide.

In short here; `make crash` says by PULSE_CRASH_KILLS how often, and leaves the moments to chance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from _pytest.mark.structures import ParameterSet

from tests.support.commands.router import World
from tests.support.endurance.habits import Habit, kill_in_first_seconds, kill_under_a_habit
from tests.support.endurance.seeds import seeded
from tests.support.endurance.shares import IS_LONG, share
from tests.support.mqtt.broker_session import ClimbingIds, LastFreedIds, LowestIds

HABITS = {
    "ids climb": Habit(ClimbingIds, repeats=True, is_known=True),
    "ids climb and are used up": Habit(ClimbingIds, repeats=True, drops=True, loses_sessions=True),
    "the lowest free id": Habit(LowestIds, loses_sessions=True),
    "the id that was freed last": Habit(LastFreedIds, loses_sessions=True),
}


SHORT = ("ids climb", "the lowest free id")
FIRST_SECONDS = {"ids climb": Habit(ClimbingIds), "the lowest free id": Habit(LowestIds)}


def chosen(habits: Mapping[str, Habit], short: Sequence[str]) -> Sequence[ParameterSet]:
    """All of them in `make crash`, and some in the suite."""
    return [pytest.param(habits[name], id=name) for name in (habits if IS_LONG else short)]


@pytest.mark.parametrize("habit", chosen(HABITS, SHORT))
async def test_kills_lose_nothing_whatever_the_broker_s_habit(world: World, habit: Habit) -> None:
    with seeded(None if IS_LONG else 3) as seed:
        await kill_under_a_habit(
            world, habit, kills=share(0.05, least=1), per_second=500, seed=seed
        )


@pytest.mark.parametrize("habit", chosen(FIRST_SECONDS, SHORT[:1]))
async def test_kills_in_the_first_second_of_a_session_lose_nothing(
    world: World, habit: Habit
) -> None:
    with seeded(None if IS_LONG else 3) as seed:
        await kill_in_first_seconds(
            world, habit, kills=share(0.02, least=1), per_second=200, seed=seed
        )
