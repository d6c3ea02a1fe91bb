"""What clients do not take is bounded in all; the one that waits for longest makes room."""

from __future__ import annotations

from collections.abc import Callable

from pulse_router.api.server.unsent import Unsent


def make_cut(cut: list[str], name: str) -> Callable[[], None]:
    return lambda: cut.append(name)


def test_the_slowest_makes_room_and_those_who_have_taken_all_do_not() -> None:
    gone: list[str] = []
    first, second, third = (make_cut(gone, name) for name in ("first", "second", "third"))
    unsent = Unsent(100)
    unsent.hold(first, 60)
    unsent.hold(second, 40)
    unsent.hold(first, 50)  # it takes some, and waits on
    assert (gone, unsent.total) == ([], 90)
    unsent.hold(third, 11)
    assert (gone, unsent.total) == (["first"], 51)
    unsent.release(second)
    unsent.release(second)
    unsent.hold(third, 100)
    assert (gone, unsent.total) == (["first"], 100)


def test_one_that_wants_too_much_alone_is_cut() -> None:
    gone: list[str] = []
    unsent = Unsent(100)
    unsent.hold(make_cut(gone, "greedy"), 101)
    assert (gone, unsent.total) == (["greedy"], 0)
