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


def test_the_tenant_for_which_most_waits_makes_room_before_one_that_waits_for_longer() -> None:
    gone: list[str] = []
    quiet, one, two = (make_cut(gone, name) for name in ("quiet", "one", "two"))
    unsent = Unsent(100)
    unsent.hold(quiet, 30, "QUIET")
    unsent.hold(one, 25, "LOUD")
    unsent.hold(two, 25, "LOUD")
    assert (unsent.of_tenant("LOUD"), unsent.of_tenant("QUIET")) == (50, 30)
    unsent.hold(two, 50, "LOUD")
    assert (gone, unsent.total) == (["one"], 80)
    unsent.hold(two, 10, "OTHER")  # the connection is another tenant's now
    assert (unsent.of_tenant("LOUD"), unsent.of_tenant("OTHER")) == (0, 10)
    unsent.release(two)
    unsent.release(quiet)
    assert (unsent.total, unsent.of_tenant("OTHER"), unsent.of_tenant("QUIET")) == (0, 0, 0)
