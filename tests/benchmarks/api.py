"""What reading by the API costs ingest: from publish to row, with requests beside it and not."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from contextlib import ExitStack

import attrs

from pulse_router.embedded.ports import find_free
from tests.benchmarks.ingest import DEVICES, ROUTER
from tests.benchmarks.latency import ANNOUNCE, Listener
from tests.benchmarks.stage import TOKEN, Stage, Usage, customer_token, running, serving

RATE = 5_000
REQUESTS = 200
PATH = "/customer/message-routes"
MOST = 3
"""By what factor ingest may be later."""

SOME_ROWS = "WHERE right(metrics->>'sent_at', 1) = '7'"
"""Of about every tenth row, which is enough, and what a notification can hold."""


@attrs.frozen
class Run:
    """What was seen in one run; `answers` are the requests' milliseconds."""

    p50: float
    p99: float
    core: float
    answers: list[float]


def _tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def measure(stage: Stage, *, requests: int, seconds: float) -> Run:
    """Publish 5,000 messages a second, and ask so many times a second meanwhile."""
    database, port = stage.create_database(), find_free()
    ROUTER.prepare(stage, database)
    stage.postgres.psql(database, ANNOUNCE.format(which=SOME_ROWS))
    listener = Listener(stage.admin_url(database))
    count = int(RATE * seconds)
    token = customer_token()
    steady = ["tests.benchmarks.steady", stage.mosquitto.port, count, DEVICES, TOKEN, RATE]
    asking = ["tests.benchmarks.requester", port, PATH, token, requests]
    with ExitStack() as opened:
        router = opened.enter_context(serving(stage, database, port))
        publisher = opened.enter_context(running(["-m", *map(str, steady)], ready="ready"))
        listener.start()
        requester = None
        if requests:
            requester = opened.enter_context(running(["-m", *map(str, asking)], ready="ready"))
            _tell(requester)
        before, start = Usage.of(router.pid), time.monotonic()
        _tell(publisher)
        assert publisher.stdout is not None
        publisher.stdout.readline()
        took = time.monotonic() - start
        after = Usage.of(router.pid)
        answers: list[float] = []
        if requester is not None:
            _tell(requester)
            assert requester.stdout is not None
            answers = [float(value) for value in requester.stdout.readline().split()]
        _wait_for(listener, count // 15)
    stage.drop_database(database)
    # The first second looks every device up.
    hundredths = statistics.quantiles(listener.milliseconds[RATE // 10 :], n=100)
    core = (after.cpu_seconds - before.cpu_seconds) / took
    return Run(hundredths[49], hundredths[98], core, answers)


def _wait_for(listener: Listener, least: int) -> None:
    """Wait until nothing more is heard; about a tenth of the rows must have been."""
    heard = -1
    while len(listener.milliseconds) > heard:
        heard = len(listener.milliseconds)
        time.sleep(0.5)
    if heard < least:
        raise SystemExit(f"only {heard} rows were heard of, not {least}")


def run(stage: Stage, *, seconds: float, rounds: int) -> None:
    """Measure without and with requests in turn, and print medians."""
    alone, beside = [], []
    for number in range(rounds):
        alone.append(measure(stage, requests=0, seconds=seconds))
        beside.append(measure(stage, requests=REQUESTS, seconds=seconds))
        asked = len(beside[-1].answers) / seconds
        print(
            f"  round {number + 1}: p99 {alone[-1].p99:.1f} ms alone, {beside[-1].p99:.1f} ms"
            f" beside {asked:.0f} requests/s",
            file=sys.stderr,
        )
    print(
        f"\n{RATE} messages/s for {seconds:g} s, beside {REQUESTS} requests/s of GET {PATH}"
        f" with 50 routes, medians of {rounds}:\n"
    )
    for name, runs in (("alone", alone), ("beside requests", beside)):
        p50, p99, core = (
            statistics.median(getattr(each, figure) for each in runs)
            for figure in ("p50", "p99", "core")
        )
        print(
            f"  {name:<16} publish to row p50 {p50:.1f} ms, p99 {p99:.1f} ms, {core:.0%} of a core"
        )
    answers = statistics.quantiles([each for found in beside for each in found.answers], n=100)
    factor = statistics.median(a.p99 for a in beside) / statistics.median(a.p99 for a in alone)
    print(f"  answers p50 {answers[49]:.1f} ms, p99 {answers[98]:.1f} ms")
    print(f"  p99 {factor:.2f} times as long; it may be {MOST}")
