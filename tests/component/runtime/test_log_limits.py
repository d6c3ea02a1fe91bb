"""An event that comes again and again does not fill the log, and is counted to the last."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
import trio
import trio.testing

from pulse_router.runtime import logs
from pulse_router.runtime.log_limits import MAX_EVENTS, Event, LogLimits

EVENT = Event("x", logging.WARNING, "it failed")


@pytest.fixture
def limits() -> LogLimits:
    return LogLimits(in_full=2, seconds=60, most=3)


def take(limits: LogLimits, now: float, event: Event = EVENT) -> tuple[bool, list[int]]:
    ended = [count for _, count in limits.ended(now)]
    return limits.take(event, now), ended


def test_the_first_ones_of_a_minute_are_written_and_the_rest_is_counted(limits: LogLimits) -> None:
    assert [take(limits, now) for now in (0, 1, 2, 59)] == [
        (True, []),
        (True, []),
        (False, []),
        (False, []),
    ]
    assert take(limits, 60) == (True, [2])
    assert list(limits.ended(1000)) == []


def test_events_are_told_apart_by_who_says_what_how_loudly(limits: LogLimits) -> None:
    others = [Event("y", EVENT.level, EVENT.name), Event("x", logging.ERROR, EVENT.name)]
    for event in (EVENT, *others):
        assert [take(limits, 0, event)[0] for _ in range(3)] == [True, True, False]


def test_memory_is_bounded_and_what_has_no_name_is_counted_as_one(limits: LogLimits) -> None:
    written = [take(limits, 0, Event("x", 30, str(number)))[0] for number in range(10)]
    assert written == [True] * 5 + [False] * 5
    assert [(event.name, count) for event, count in limits.ended(60)] == [
        ("many different events", 5)
    ]


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """What is written by the log of a process; it is as before in the end."""
    root, raising = logging.getLogger(), logging.raiseExceptions
    handlers, level = list(root.handlers), root.level
    yield io.StringIO()
    structlog.reset_defaults()
    logging.captureWarnings(False)
    logging.raiseExceptions = raising
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_flood_is_a_few_lines_and_a_number_at_the_end(out: io.StringIO) -> None:
    logs.configure("debug", "json", stream=out, each={"request"})
    log, library = structlog.get_logger("pulse_router.x"), logging.getLogger("library")
    with structlog.contextvars.bound_contextvars(request_id="r1"):
        for number in range(10_000):
            log.warning("it failed", number=number)
            library.warning("of a library: %d", number)
    for name, level in (("request", "info"), ("small", "debug"), ("the end", "critical")):
        for _ in range(20):
            getattr(log, level)(name)
    (handler,) = logging.getLogger().handlers
    handler.close()
    written = lines(out)
    assert [line["number"] for line in written if line["event"] == "it failed"] == [*range(10)]
    counted = {line["event"]: line for line in written if "more" in line}
    assert counted.keys() == {"it failed: and 9990 more", "of a library: %d: and 9990 more"}
    ours = counted["it failed: and 9990 more"]
    assert (ours["more"], ours["level"], ours["logger"]) == (9990, "warning", "pulse_router.x")
    assert "request_id" not in ours
    for unlimited in ("request", "small", "the end"):
        assert [line["event"] for line in written].count(unlimited) == 20
    assert len(out.getvalue()) < 20_000


async def test_what_was_counted_is_told_though_nothing_more_is_said(
    out: io.StringIO, autojump_clock: trio.testing.MockClock
) -> None:
    logs.configure("info", "json", stream=out, clock=autojump_clock.current_time)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(logs.tell_counted)
        await trio.sleep(1)
        for _ in range(11):
            structlog.get_logger().warning("it failed")
        await trio.sleep(180)
        nursery.cancel_scope.cancel()
    assert [line["event"] for line in lines(out)][-1] == "it failed: and 1 more"


def test_many_events_stay_within_bounds(out: io.StringIO) -> None:
    logs.configure("info", "json", stream=out)
    for number in range(10 * MAX_EVENTS):
        logging.getLogger("library").warning(f"of its own: {number}")  # noqa: G004 - as some do
    assert len(lines(out)) == MAX_EVENTS + 10
