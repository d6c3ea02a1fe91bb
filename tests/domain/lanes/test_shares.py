"""Shares of places: nobody starves, nothing lies idle, and time is shared by who wants it."""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Iterator

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.lanes.shares import MOST, FairLine, Places, Share, may_take


@attrs.define(eq=False)
class Member:
    """One that wants places: for how long, one time after the other; from when on."""

    number: int
    wants: Iterator[float]
    joins_at: float = 0.0
    share: Share = attrs.field(init=False)
    took: list[tuple[float, float]] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.share = Share(self.number)

    def used_within(self, since: float, until: float) -> float:
        return sum(max(0.0, min(b, until) - max(a, since)) for a, b in self.took)


def run(members: list[Member], total: int, until: float) -> None:
    """Give out places until a moment, as a scheduler does, and look at each step."""
    places, line = Places(total), FairLine[Member]()
    ends: list[tuple[float, int, Member, float]] = []
    coming = deque(sorted(members, key=lambda member: member.joins_at))
    numbers, now = itertools.count(), 0.0

    def may_have(member: Member) -> bool:
        return may_take(member.share.held, places.free)

    while now < until:
        while coming and coming[0].joins_at <= now:
            member = coming.popleft()
            places.join(member.share)
            line.put(member, member.share)
        while (chosen := next(filter(may_have, line), None)) is not None:
            waiting = [member for member in line if may_have(member)]
            key = (chosen.share.held, chosen.share.used)
            assert key == min((each.share.held, each.share.used) for each in waiting)
            seconds = next(chosen.wants, None)
            if seconds is None:
                line.remove(chosen)
                continue
            places.begin(chosen.share)
            line.update(chosen)
            chosen.took.append((now, now + seconds))
            heapq.heappush(ends, (now + seconds, next(numbers), chosen, seconds))
        held = sum(member.share.held for member in members)
        assert held + places.free == total
        if len(line):  # nobody waits while more than the newcomer's part lies idle
            assert places.free <= max(1, 1 + held // MOST)
        next_at = min(
            [ends[0][0]] if ends else [until], (coming and [coming[0].joins_at]) or [until]
        )[0]
        now = next_at
        while ends and ends[0][0] <= now:
            _, _, member, seconds = heapq.heappop(ends)
            places.end(member.share, seconds)
            line.update(member)


@given(
    costs=st.lists(st.floats(0.001, 1.0), min_size=2, max_size=5),
    total=st.integers(1, 70),
)
def test_whoever_always_wants_some_has_as_much_time_as_any_other(
    costs: list[float], total: int
) -> None:
    members = [Member(n, itertools.repeat(cost)) for n, cost in enumerate(costs)]
    until = 20.0 * max(costs) if max(costs) > 50 * min(costs) else 100.0 * max(costs)
    run(members, total, until)
    used = [member.used_within(0, until) for member in members]
    # Each may be ahead by a place all the time, and by one use of every place.
    bound = until + 2 * max(costs)
    if total <= len(members):
        bound = 3 * max(costs)  # they take turns: only what one use costs is between them
    assert max(used) - min(used) <= bound


@given(
    many=st.integers(1, 400),
    total=st.integers(2, 300),
    holders=st.integers(1, 5),
)
def test_a_newcomer_finds_a_place_at_once_beside_a_few_that_hold_all_they_may(
    many: int, total: int, holders: int
) -> None:
    """However long they hold them: that is what the last place is for."""
    old = [Member(n, itertools.repeat(1e9, many)) for n in range(holders)]
    new = Member(99, itertools.repeat(1.0, 1), joins_at=5.0)
    if total <= holders:
        return
    run([*old, new], total, 10.0)
    assert new.took == [(5.0, 6.0)]


@pytest.mark.parametrize("holders", [1, 2, 3, 9])
def test_what_is_kept_is_shared_by_how_many_come(holders: int) -> None:
    total = 64
    members = [Member(n, itertools.repeat(1e9)) for n in range(holders)]
    run(members, total, 1.0)
    held = [member.share.held for member in members]
    assert max(held) - min(held) <= 1
    expected = total * MOST / (holders * MOST + 1)
    assert abs(held[0] - expected) <= 1


@given(st.lists(st.floats(0.001, 1.0), min_size=2, max_size=40), st.integers(1, 8))
def test_nobody_starves(costs: list[float], total: int) -> None:
    members = [Member(n, itertools.repeat(cost)) for n, cost in enumerate(costs)]
    until = 3.0 * len(costs) * max(costs) + 1
    run(members, total, until)
    for member in members:
        waits = [b[0] - a[1] for a, b in itertools.pairwise(member.took)]
        assert member.took
        # While it waits, each of the others has a turn of theirs for as long as its own.
        assert max(waits, default=0.0) <= 2 * len(costs) * max(costs)


def test_who_rests_saves_nothing_up() -> None:
    busy, idle = Member(0, itertools.repeat(0.1)), Member(1, itertools.repeat(0.1), joins_at=100.0)
    run([busy, idle], 1, 110.0)
    assert idle.used_within(100, 110) < 5.3


def test_one_alone_may_hold_nearly_all() -> None:
    for total in range(4, 300):
        alone = Member(0, itertools.repeat(1e9))
        run([alone], total, 1.0)
        assert alone.share.held >= total * MOST // (MOST + 1) - 1
        assert alone.share.held < total
