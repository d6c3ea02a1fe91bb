"""Durable ingest, beside a bare pipeline in the same run: its speed, and what poison costs it."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import attrs

from tests.benchmarks.stage import TOKEN, Stage, Usage, running, serving, wait_for_rows

DEVICES = 1_000


@attrs.frozen
class Result:
    """One contender's figures in one round."""

    rate: float
    cpu_microseconds: float
    peak_megabytes: float


@attrs.frozen
class Contender:
    """Something that turns published messages into rows; every so many of them is poison."""

    name: str
    prepare: Callable[[Stage, str], None]
    start: Callable[[Stage, str], AbstractContextManager[subprocess.Popen[str]]]
    poison_every: int = 0


def _prepare_bare(_stage: Stage, _database: str) -> None:
    pass  # it asks nobody whether a device is registered


def _start_bare(stage: Stage, database: str) -> AbstractContextManager[subprocess.Popen[str]]:
    argv = [
        "-m",
        "tests.benchmarks.bare.pipeline",
        str(stage.mosquitto.port),
        stage.admin_url(database),
    ]
    return running([*argv, "4000"], ready="ready")


def _prepare_router(stage: Stage, database: str) -> None:
    stage.add_devices(database, DEVICES)
    stage.add_routes(database, 100, "tenant/+/device/NONE-{n}/telemetry")


def _prepare_matching(stage: Stage, database: str) -> None:
    stage.add_devices(database, DEVICES)
    # One route that every message matches; its endpoint refuses connections.
    _add_matching_route(stage, database, {"url": "http://127.0.0.1:9/", "method": "POST"})


def _add_matching_route(stage: Stage, database: str, config: dict[str, object]) -> None:
    stage.add_routes(database, 1, "tenant/+/device/+/telemetry", json.dumps(config))


def _start_router(stage: Stage, database: str) -> AbstractContextManager[subprocess.Popen[str]]:
    more = {"PULSE_DELIVERY_ALLOW_NETWORKS": "127.0.0.0/8"}
    return serving(stage, database, 0, more)


@contextmanager
def _start_delivering(stage: Stage, database: str) -> Iterator[subprocess.Popen[str]]:
    """Run the router beside an endpoint that takes batches, in a process of its own."""
    with running(["-m", "tests.benchmarks.endpoint"], ready="ready") as endpoint:
        assert endpoint.stdin is not None
        assert endpoint.stdout is not None
        endpoint.stdin.write("port\n")
        endpoint.stdin.flush()
        url = f"http://127.0.0.1:{endpoint.stdout.readline().strip()}/plain"
        batch = {"max_messages": 100, "max_wait_ms": 20}
        _add_matching_route(stage, database, {"url": url, "method": "POST", "batch": batch})
        with _start_router(stage, database) as process:
            yield process


def _prepare_refusing(stage: Stage, database: str, remainder: str) -> None:
    """Have PostgreSQL refuse a row as data (22012) when a number divides by its remainder."""
    _prepare_router(stage, database)
    stage.postgres.psql(
        database,
        "ALTER TABLE telemetry ADD COLUMN refused integer"
        f" GENERATED ALWAYS AS (1 / ({remainder})) STORED",
    )


def _prepare_poison(stage: Stage, database: str) -> None:
    _prepare_refusing(stage, database, "(metrics->>'sequence')::integer % 1000")


def _prepare_no_poison(stage: Stage, database: str) -> None:
    _prepare_refusing(stage, database, "(metrics->>'sequence')::integer % 1000 + 1")


BARE = Contender("bare Trio + mqtt5 + COPY", _prepare_bare, _start_bare)
ROUTER = Contender("100 routes, none matches", _prepare_router, _start_router)
MATCHING = Contender("every message matches, endpoint away", _prepare_matching, _start_router)
DELIVERING = Contender(
    "every message matches and is delivered",
    lambda stage, database: stage.add_devices(database, DEVICES),
    _start_delivering,
)
SPEED: Sequence[Contender] = (BARE, ROUTER, MATCHING, DELIVERING)

CLEAN = Contender("no poison", _prepare_router, _start_router)
UNSTORABLE = Contender(
    "0.1% with \\u0000, refused by the decoder", _prepare_router, _start_router, 1000
)
NONE_REFUSED = Contender("as below, none refused", _prepare_no_poison, _start_router)
REFUSED = Contender("0.1% that PostgreSQL refuses", _prepare_poison, _start_router)
POISON: Sequence[Contender] = (CLEAN, UNSTORABLE, NONE_REFUSED, REFUSED)


def measure(stage: Stage, contender: Contender, messages: int) -> Result:
    """Publish a flood to one contender, on a database of its own, until all of it has an end."""
    database = stage.create_database()
    contender.prepare(stage, database)
    flood = ["-m", "tests.benchmarks.publisher", str(stage.mosquitto.port), str(messages)]
    flood += [str(DEVICES), TOKEN, "0", str(contender.poison_every)]
    with contender.start(stage, database) as process, running(flood, ready="ready") as publisher:
        before = Usage.of(process.pid)
        assert publisher.stdin is not None
        start = time.monotonic()
        publisher.stdin.write("go\n")
        publisher.stdin.flush()
        seconds = wait_for_rows(stage, database, messages) - start
        after = Usage.of(process.pid)
    stage.drop_database(database)
    return Result(
        rate=messages / seconds,
        cpu_microseconds=(after.cpu_seconds - before.cpu_seconds) / messages * 1e6,
        peak_megabytes=after.peak_megabytes,
    )


def run(
    stage: Stage, title: str, contenders: Sequence[Contender], *, messages: int, rounds: int
) -> None:
    """Measure contenders in turn, several times, and print their medians beside the first's."""
    results: dict[str, list[Result]] = {contender.name: [] for contender in contenders}
    for number in range(rounds):
        for contender in contenders:
            result = measure(stage, contender, messages)
            results[contender.name].append(result)
            print(f"  round {number + 1}: {contender.name}: {result.rate:,.0f}/s", file=sys.stderr)
    print(f"\n{title}, QoS 1, {messages:,} messages, medians of {rounds}:\n")
    print(f"  {'':40}{'messages/s':>12}{'of first':>10}{'CPU µs':>9}{'peak MB':>9}")
    for name, rows in results.items():
        rate = statistics.median(row.rate for row in rows)
        # Rounds differ in how busy the machine is: each is compared within itself.
        share = statistics.median(
            row.rate / first.rate
            for row, first in zip(rows, results[contenders[0].name], strict=True)
        )
        cpu = statistics.median(row.cpu_microseconds for row in rows)
        peak = max(row.peak_megabytes for row in rows)
        print(f"  {name:40}{rate:>12,.0f}{share:>10.2f}{cpu:>9.1f}{peak:>9.0f}")
