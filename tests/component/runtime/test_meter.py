"""What is charged fades, and no more keys are kept than may be."""

from __future__ import annotations

from math import e

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.runtime.meter import Meter


@attrs.define
class Hands:
    """A clock that is set by hand."""

    now: float = 0.0

    def advance(self, seconds: float) -> None:
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def test_a_charge_fades_to_a_third_and_adds_to_what_is_left() -> None:
    clock = Hands()
    meter: Meter[str] = Meter(10, clock=clock)
    assert meter.charge("a", 3) == 3
    clock.advance(10)
    assert meter.of("a") == pytest.approx(3 / e)
    assert meter.charge("a", 1) == pytest.approx(1 + 3 / e)
    assert meter.of("nobody") == 0
    meter.forget("a")
    assert meter.dearest(1) == []


@given(st.lists(st.tuples(st.integers(0, 40), st.floats(0.01, 1)), max_size=60))
def test_the_dearest_are_kept_however_many_come(charges: list[tuple[int, float]]) -> None:
    meter: Meter[int] = Meter(10, capacity=4, clock=Hands())
    totals: dict[int, float] = {}
    assert meter.charge(99, 1000) == 1000
    for key, cost in charges:
        totals[key] = meter.charge(key, cost)
    dearest = list(meter.dearest(100))
    assert len(dearest) <= 4
    assert dearest[0][0] == 99
    assert [share for _, share in dearest] == sorted((s for _, s in dearest), reverse=True)
    assert all(share * 10 == pytest.approx(totals[key]) for key, share in dearest[1:])


def test_a_steady_cost_is_its_share_of_the_time() -> None:
    clock = Hands()
    meter: Meter[str] = Meter(10, clock=clock)
    for _ in range(1000):
        clock.advance(0.1)
        meter.charge("a", 0.02)
    [(_, share)] = meter.dearest(1)
    assert share == pytest.approx(0.2, rel=0.02)
