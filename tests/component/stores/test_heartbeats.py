"""Who is dead is told from what was watched: who did not look has not watched."""

from __future__ import annotations

import attrs
import pytest

from pulse_router.stores.heartbeats import Heartbeats


@attrs.define
class OwnTime:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


class Watcher:
    """Looks at one that shows the same sign each time."""

    def __init__(self) -> None:
        self.time = OwnTime()
        self.heartbeats = Heartbeats(lease_seconds=6, clock=self.time)
        self.is_dead_after(0)

    def is_dead_after(self, seconds: float) -> bool:
        """Look again, so many seconds after the last time."""
        self.time.seconds += seconds
        self.heartbeats.note_look()
        is_dead = self.heartbeats.is_still("another", "beat 1")
        assert is_dead == ("beat 1" in self.heartbeats.still())
        return is_dead


def test_one_that_is_watched_for_as_long_as_a_lease_lasts_is_dead() -> None:
    watcher = Watcher()
    assert [watcher.is_dead_after(2) for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize("away", [7, 60, 1e9])
def test_one_that_stood_still_with_the_watcher_is_watched_anew(away: float) -> None:
    watcher = Watcher()
    assert not watcher.is_dead_after(1.9)
    assert not watcher.is_dead_after(away)
    assert [watcher.is_dead_after(2) for _ in range(3)] == [False, False, True]


def test_a_look_that_comes_late_counts_no_more_than_one_in_time() -> None:
    watcher = Watcher()
    assert [watcher.is_dead_after(5.9) for _ in range(3)] == [False, False, True]


def test_what_is_looked_at_seldom_is_told_by_all_that_was_watched() -> None:
    """A claim is looked at when somebody asks; lanes are, all the time."""
    watcher = Watcher()
    assert not watcher.heartbeats.is_still("claim", "beat 7", seconds=600)
    for _ in range(300):
        watcher.is_dead_after(2)
    assert watcher.heartbeats.is_still("claim", "beat 7", seconds=600)


def test_who_has_left_is_gone_at_once() -> None:
    assert Heartbeats().is_still("another", None)
