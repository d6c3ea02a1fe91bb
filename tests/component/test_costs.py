"""Nothing that comes from outside costs more than its bytes: twice as many, at most three times."""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest

from tests.support.costs import COSTS, EXEMPT, MODULES, Cost
from tests.support.work import seconds_of, work_of

TIMES: int = 3
"""What twice as much may cost."""
ALLOWANCE_SECONDS = 0.001
"""Below this the machine's own noise is all that is measured."""
TRIES = 3


@pytest.mark.parametrize("cost", COSTS, ids=lambda cost: cost.name)
def test_twice_as_much_costs_at_most_three_times_as_much(cost: Cost) -> None:
    assert work_of(cost.call(2 * cost.size)) <= TIMES * work_of(cost.call(cost.size)) + 100
    half, whole = cost.call(cost.size), cost.call(2 * cost.size)
    seen = []
    for _ in range(TRIES):  # the machine does other things, too
        before, after = seconds_of(half), seconds_of(whole)
        if after <= TIMES * before + ALLOWANCE_SECONDS:
            return
        seen.append((before, after))
    raise AssertionError(f"{cost.name}: {seen}")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_no_reader_is_forgotten(module: ModuleType) -> None:
    readers = {
        name
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    }
    measured = {cost.name.partition(":")[0].partition(",")[0] for cost in COSTS}
    assert readers <= measured | EXEMPT.keys()
