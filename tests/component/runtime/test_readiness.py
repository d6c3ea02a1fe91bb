from __future__ import annotations

import pytest
import trio
from structlog.testing import capture_logs

from pulse_router.runtime.readiness import STOPPING, Readiness


def test_every_part_begins_as_starting() -> None:
    readiness = Readiness("mqtt", "database")
    assert readiness.problems == {"mqtt": "starting", "database": "starting"}
    assert not readiness.is_ready


def test_it_is_ready_when_no_part_has_a_problem_and_not_longer() -> None:
    readiness = Readiness("mqtt", "database")
    seen = [readiness.is_ready]
    for part, problem in [("mqtt", None), ("database", None), ("mqtt", "no connection")]:
        readiness.report(part, problem)
        seen.append(readiness.is_ready)
    assert seen == [False, False, True, False]
    assert readiness.problems == {"mqtt": "no connection"}


def test_without_parts_it_is_ready() -> None:
    assert Readiness().is_ready


def test_an_unknown_part_is_a_bug() -> None:
    with pytest.raises(ValueError, match="no part 'mqqt'"):
        Readiness("mqtt").report("mqqt", None)


def test_only_changes_are_logged() -> None:
    readiness = Readiness("mqtt")
    with capture_logs() as logged:
        for problem in ["refused", "refused", None, None, "gone"]:
            readiness.report("mqtt", problem)
    assert [(line["log_level"], line.get("problem")) for line in logged] == [
        ("warning", "refused"),
        ("info", None),
        ("warning", "gone"),
    ]


def test_a_stop_in_good_order_is_not_warned_of() -> None:
    readiness = Readiness("router")
    readiness.report("router", None)
    with capture_logs() as logged:
        readiness.report("router", STOPPING)
    assert logged == []
    assert readiness.problems == {"router": "stopping"}


async def test_waiting_ends_when_it_is_ready_again() -> None:
    readiness = Readiness("mqtt")
    readiness.report("mqtt", None)
    await readiness.wait_until_ready()
    readiness.report("mqtt", "gone")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(readiness.wait_until_ready)
        await trio.testing.wait_all_tasks_blocked()
        assert nursery.child_tasks
        readiness.report("mqtt", None)
