"""The door of a tenant's requests: as many as it may, counted by the second."""

from __future__ import annotations

import pytest

from pulse_router.api.access.gate import BURST_SECONDS, MAX_COUNTED, TenantGate
from pulse_router.domain.budgets import Budget, Budgets, LimitReached


class Clock:
    """A clock that stands until it is set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_what_was_let_in_is_told_by_the_second_and_what_was_refused_with_the_way_out() -> None:
    clock = Clock()
    gate = TenantGate(Budgets(Budget(requests_per_second=2)), clock=clock)
    for _ in range(int(2 * BURST_SECONDS)):
        gate.admit("T")
    with pytest.raises(LimitReached) as refused:
        gate.admit("T")
    assert (refused.value.limit, refused.value.usage) == (2, 11)
    assert refused.value.after_seconds == pytest.approx(0.5, abs=0.01)
    assert "Retry-After" in refused.value.way_out
    assert gate.budgets.refusals == {"requests_per_second": 1}
    gate.admit("OTHER")
    clock.now += 1
    gate.admit("T")
    assert (gate.requests_per_second("T"), gate.requests_per_second("OTHER")) == (11, 1)
    clock.now += 1
    assert (gate.requests_per_second("T"), gate.requests_per_second("OTHER")) == (1, 0)


def test_rates_that_are_read_again_hold_at_once() -> None:
    gate = TenantGate(Budgets(Budget(requests_per_second=0.2)), clock=Clock())
    gate.admit("T")
    gate.budgets.change(Budget(requests_per_second=0), {"T": Budget(requests_per_second=50)})
    gate.follow()
    for _ in range(100):
        gate.admit("T")


def test_tenants_that_come_and_go_leave_nothing() -> None:
    clock = Clock()
    gate = TenantGate(Budgets(Budget(requests_per_second=0)), clock=clock)
    for number in range(10 * MAX_COUNTED):
        clock.now += 0.01
        gate.admit(f"T{number}")
        assert len(gate._seconds) <= MAX_COUNTED
