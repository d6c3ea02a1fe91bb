"""Durable ingest, beside a bare pipeline in the same run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import attrs

from tests.benchmarks.stage import SECRET, TOKEN, Stage, Usage, running, wait_for_rows

DEVICES = 1_000


@attrs.frozen
class Result:
    """One contender's figures in one round."""

    rate: float
    cpu_microseconds: float
    peak_megabytes: float


@attrs.frozen
class Contender:
    """Something that turns published messages into rows."""

    name: str
    prepare: Callable[[Stage, str], None]
    start: Callable[[Stage, str], AbstractContextManager[subprocess.Popen[str]]]


def _prepare_bare(_stage: Stage, _database: str) -> None:
    pass  # it asks nobody whether a device is registered


def _start_bare(stage: Stage, database: str) -> AbstractContextManager[subprocess.Popen[str]]:
    argv = ["-m", "tests.benchmarks.bare", str(stage.mosquitto.port), stage.admin_url(database)]
    return running([*argv, "4000"], ready="ready")


def _prepare_router(stage: Stage, database: str) -> None:
    stage.add_devices(database, DEVICES)
    stage.add_routes(database, 100, "tenant/+/device/NONE-{n}/telemetry")


def _prepare_matching(stage: Stage, database: str) -> None:
    stage.add_devices(database, DEVICES)
    # One route that every message matches; its endpoint refuses connections.
    stage.add_routes(
        database, 1, "tenant/+/device/+/telemetry", '{"url":"http://127.0.0.1:9/","method":"POST"}'
    )


def _start_router(stage: Stage, database: str) -> AbstractContextManager[subprocess.Popen[str]]:
    environment = {
        "PULSE_MQTT_HOST": "127.0.0.1",
        "PULSE_MQTT_PORT": str(stage.mosquitto.port),
        "PULSE_MQTT_CLIENT_ID": database,
        "PULSE_DATABASE_URL": stage.login_url(database),
        "PULSE_HTTP_BIND": "127.0.0.1:0",
        "PULSE_AUTH_SECRET": SECRET,
        "PULSE_LOG_FORMAT": "json",
    }
    argv = ["-m", "pulse_router", "serve"]
    return running(argv, ready='"mqtt", "event": "a part is ready"', environment=environment)


BARE = Contender("bare Trio + mqtt5 + COPY", _prepare_bare, _start_bare)
ROUTER = Contender("pulse-router, 100 routes, no match", _prepare_router, _start_router)
MATCHING = Contender("pulse-router, every message matches", _prepare_matching, _start_router)


def measure(stage: Stage, contender: Contender, messages: int) -> Result:
    """Publish a flood to one contender, on a database of its own, and count its rows."""
    database = stage.create_database()
    contender.prepare(stage, database)
    port = str(stage.mosquitto.port)
    flood = ["-m", "tests.benchmarks.publisher", port, str(messages), str(DEVICES), TOKEN, "0"]
    with contender.start(stage, database) as process, running(flood, ready="ready") as publisher:
        before = Usage.of(process.pid)
        assert publisher.stdin is not None
        start = time.monotonic()
        publisher.stdin.write("go\n")
        publisher.stdin.flush()
        seconds = wait_for_rows(stage, database, messages) - start
        after = Usage.of(process.pid)
    stage.postgres.psql("postgres", f"DROP DATABASE {database} WITH (FORCE)")
    return Result(
        rate=messages / seconds,
        cpu_microseconds=(after.cpu_seconds - before.cpu_seconds) / messages * 1e6,
        peak_megabytes=after.peak_megabytes,
    )


def run(stage: Stage, *, messages: int, rounds: int) -> None:
    """Measure all contenders in turn, several times, and print their medians."""
    contenders = (BARE, ROUTER, MATCHING)
    results: dict[str, list[Result]] = {contender.name: [] for contender in contenders}
    for number in range(rounds):
        for contender in contenders:
            result = measure(stage, contender, messages)
            results[contender.name].append(result)
            print(f"  round {number + 1}: {contender.name}: {result.rate:,.0f}/s", file=sys.stderr)
    print(f"\nDurable ingest, QoS 1, {messages:,} messages, medians of {rounds}:\n")
    print(f"  {'':38}{'messages/s':>12}{'of bare':>9}{'CPU µs':>9}{'peak MB':>9}")
    bare = statistics.median(result.rate for result in results[BARE.name])
    for name, rows in results.items():
        rate = statistics.median(row.rate for row in rows)
        cpu = statistics.median(row.cpu_microseconds for row in rows)
        peak = max(row.peak_megabytes for row in rows)
        print(f"  {name:38}{rate:>12,.0f}{rate / bare:>9.2f}{cpu:>9.1f}{peak:>9.0f}")
