"""Where looks begin: never behind anything that was dropped, and where it may be, not before."""

from __future__ import annotations

from collections.abc import Iterable

import attrs
import hypothesis
import hypothesis.strategies as st

from pulse_router.delivery.marks import TAKEN_AT_MOST, WHOLE_LOOK_SECONDS, Marks
from pulse_router.domain.queue_marks import FROM_THE_START, QueueMark

EPOCH = 1


def mark(entered: int, now: float = 0.0) -> QueueMark:
    return QueueMark(entered=entered, now=now, server="one")


def look(marks: Marks, entered: int, held: Iterable[int] = (), *, now: float = 0.0) -> bool:
    since = marks.begin(epoch=EPOCH, now=now)
    return marks.looked(since, mark(entered, now), held, now=now)


def next_of(marks: Marks, *, now: float = 0.0, epoch: int | None = EPOCH) -> int:
    return marks.begin(epoch=epoch, now=now).entered


def test_a_look_begins_where_the_last_one_ended() -> None:
    marks = Marks()
    assert marks.begin(epoch=EPOCH, now=0.0) == FROM_THE_START
    assert not look(marks, 10, [1, 2])
    assert next_of(marks) == 10


def test_what_is_dropped_is_looked_for_where_it_was_found() -> None:
    marks = Marks()
    look(marks, 10, [1])
    look(marks, 20, [1, 2])
    look(marks, 30, [1, 2, 3])
    marks.let_go([1])
    marks.fall_back({3})
    assert next_of(marks) == 10, "2 was found from there"
    look(marks, 40, [2, 3])
    marks.let_go([2, 3])
    marks.fall_back(set())
    assert next_of(marks) == 40


def test_what_was_taken_as_it_came_is_looked_for_where_it_was_passed() -> None:
    marks = Marks()
    look(marks, 10)
    look(marks, 20, [7])  # 7 was taken as it came, and this look was told to leave it out
    marks.fall_back(set())
    assert next_of(marks) == 10


def test_what_is_dropped_while_a_look_is_made_is_not_passed_by_it() -> None:
    marks = Marks()
    look(marks, 10, [1])
    since = marks.begin(epoch=EPOCH, now=0.0)
    marks.fall_back(set())
    marks.looked(since, mark(20), [], now=0.0)
    assert next_of(marks) == 0


def test_a_mark_ends_with_its_lease() -> None:
    marks = Marks()
    look(marks, 10)
    assert next_of(marks, epoch=EPOCH + 1) == 0
    look(marks, 10)
    assert next_of(marks, epoch=None) == 0


def test_a_look_begins_from_the_start_now_and_then_and_seldom_when_that_is_dear() -> None:
    marks = Marks()
    since = marks.begin(epoch=EPOCH, now=0.0)
    marks.looked(since, mark(10, 5.0), [], now=5.0)
    assert next_of(marks, now=5.0 + WHOLE_LOOK_SECONDS) == 10
    assert next_of(marks, now=5.0 + 5.0 * 1000) == 0


def test_when_the_clock_was_set_back_the_next_look_is_whole() -> None:
    marks = Marks()
    assert not look(marks, 10, now=100.0)
    since = marks.begin(epoch=EPOCH, now=110.0)
    assert since.entered == 10
    assert marks.looked(since, mark(20, 105.0), [], now=110.0)
    assert next_of(marks, now=111.0) == 0


def test_on_an_ordered_route_what_has_failed_lies_behind_the_mark() -> None:
    marks = Marks()
    since = marks.begin(epoch=EPOCH, now=0.0)
    marks.looked(since, attrs.evolve(mark(10), attempted_from=50), [50], now=0.0)
    marks.note_failed([60, 40])
    assert marks.begin(epoch=EPOCH, now=0.0).attempted_from == 40
    marks.note_failed([])
    assert marks.begin(epoch=EPOCH, now=0.0).attempted_from == 40


def test_a_lane_that_takes_all_as_it_comes_looks_now_and_then() -> None:
    marks = Marks()
    assert not marks.note_taken(TAKEN_AT_MOST - 1)
    assert marks.note_taken(1)
    look(marks, 10)
    assert not marks.note_taken(1)


@hypothesis.given(st.lists(st.sampled_from(["look", "end", "drop", "take"]), max_size=40))
def test_nothing_that_is_pending_ever_lies_before_the_mark_and_in_nobodys_hands(
    steps: list[str],
) -> None:
    marks, place = Marks(), 0
    pending: dict[int, int] = {}
    held: set[int] = set()
    for step in steps:
        if step == "look":
            since = marks.begin(epoch=EPOCH, now=0.0)
            place += 1
            pending[place] = place
            held |= {number for number, at in pending.items() if at > since.entered}
            marks.looked(since, mark(place), held, now=0.0)
        elif step == "take":
            place += 1
            pending[place] = place
            held.add(place)
        elif step == "end" and held:
            ended = min(held)
            held.remove(ended)
            del pending[ended]
            marks.let_go([ended])
        elif step == "drop" and held:
            held = set(sorted(held)[: len(held) // 2])
            marks.fall_back(held)
        behind = {number for number, at in pending.items() if at > next_of(marks)}
        assert set(pending) <= held | behind, (steps, pending, held)
        kept = marks.take_ended(every=0)
        assert kept is None or all(at > kept.entered for at in pending.values()), (steps, pending)


def test_where_deliveries_have_ended_is_told_once_there_are_enough() -> None:
    marks = Marks()
    look(marks, 10, [1, 2])
    look(marks, 20, [1, 2, 3])
    marks.let_go([1, 2])
    assert marks.take_ended(every=3) is None
    assert marks.take_ended(every=2) == mark(10), "3 lies behind it"
    assert marks.take_ended(every=1) is None
    marks.let_go([3])
    assert marks.take_ended(every=1) == mark(20)
    marks.forget()
    assert marks.take_ended(every=0) is None


def test_now_and_then_a_look_begins_before_the_marks_that_are_kept() -> None:
    marks = Marks()
    assert not marks.begin(epoch=EPOCH, now=0.0).is_thorough
    look(marks, 10)
    assert marks.begin(epoch=EPOCH, now=2 * WHOLE_LOOK_SECONDS).is_thorough
    assert not marks.begin(epoch=EPOCH + 1, now=2 * WHOLE_LOOK_SECONDS).is_thorough
