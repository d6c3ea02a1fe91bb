"""Live streams: latency beside a bare hypercorn loop, idle clients' memory, and bad neighbours.

From publish to client, broker and database included; clients in processes of their own.
"""

from __future__ import annotations

import logging
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import attrs
import click
import structlog

from pulse_router.embedded.ports import find_free
from tests.benchmarks.stage import TOKEN, Stage, Usage, customer_token, open_stage, running, serving

CLIENTS = 10
RATE = 1_000.0
IDLE_CLIENTS = 500
OVERVIEWS = 50
DEVICES = 20
WARM_UP_SECONDS = 2.0
PATH = "/api/v1/customer/telemetry/stream"
BAD_KINDS = {
    "never": "never reads",
    "trickle": "reads a byte a second",
    "vanish": "vanishes",
    "flood": "floods",
}


@attrs.frozen
class Clients:
    """A process with live clients."""

    process: subprocess.Popen[str]

    def ask(self, question: str) -> list[float]:
        """Ask it something by a line; the answer is numbers."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return [float(value) for value in self.process.stdout.readline().split()]


@contextmanager
def open_clients(port: int, kind: str, count: int) -> Iterator[Clients]:
    """Connect clients of a kind."""
    places = [str(port), PATH, customer_token(), kind, str(count)]
    argv = ["-m", "tests.benchmarks.stream_clients", *places]
    with running(argv, ready="ready") as process:
        yield Clients(process)


@contextmanager
def open_router(stage: Stage) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run a router on a fresh database; gives its process and port."""
    database, port = stage.create_database(), find_free()
    stage.add_devices(database, DEVICES)
    more = {"PULSE_STREAM_MAX_CONNECTIONS_PER_TENANT": "1000"}
    with serving(stage, database, port, more) as process:
        yield process, port
    stage.drop_database(database)


def publish(stage: Stage, seconds: float) -> None:
    """Publish at the rate, and wait until the broker has acknowledged all of it."""
    arguments = [stage.mosquitto.port, int(seconds * RATE), DEVICES, TOKEN, RATE]
    argv = ["-m", "tests.benchmarks.steady", *map(str, arguments)]
    with running(argv, ready="ready") as publisher:
        assert publisher.stdin is not None
        assert publisher.stdout is not None
        publisher.stdin.write("go\n")
        publisher.stdin.flush()
        publisher.stdout.readline()


def figures(clients: Clients, cpu_share: float) -> Mapping[str, float]:
    """Sum up what good clients have seen."""
    hundredths = statistics.quantiles(clients.ask("latencies"), n=100)
    return {"p50": hundredths[49], "p99": hundredths[98], "core": cpu_share}


def measure(
    stage: Stage, *, seconds: float, bad: Sequence[str] = (), overviews: int = 0
) -> Mapping[str, float]:
    """Stream to good clients, beside bad ones, and beside such as look at an overview."""
    with open_router(stage) as (process, port), ExitStack() as opened:
        clients = opened.enter_context(open_clients(port, "good", CLIENTS))
        for kind in bad:
            opened.enter_context(open_clients(port, kind, 1))
        lookers = opened.enter_context(open_clients(port, "overview", overviews))
        publish(stage, WARM_UP_SECONDS)
        time.sleep(0.5)
        clients.ask("latencies")
        before, start = Usage.of(process.pid), time.monotonic()
        publish(stage, seconds)
        after, took = Usage.of(process.pid), time.monotonic() - start
        time.sleep(0.5)
        counts, dropped = clients.ask("counts"), clients.ask("dropped")[0]
        if dropped or min(counts) < int(seconds * RATE):
            print(f"  {dropped:g} dropped; each got {sorted(counts)}", file=sys.stderr)
        if overviews:
            print(f"  figures told: {sorted(lookers.ask('figures'))}", file=sys.stderr)
        result = figures(clients, (after.cpu_seconds - before.cpu_seconds) / took)
        return {**result, "dropped": dropped, "peak_mb": after.peak_megabytes}


def measure_bare(*, seconds: float) -> Mapping[str, float]:
    """Stream from a bare hypercorn loop."""
    argv = ["-m", "tests.benchmarks.bare.streams", str(RATE)]
    with subprocess.Popen(
        [sys.executable, *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = int(process.stdout.readline().split()[1])
        with open_clients(port, "good", CLIENTS) as clients:
            process.stdin.write("go\n")
            process.stdin.flush()
            time.sleep(WARM_UP_SECONDS)
            clients.ask("latencies")
            before = Usage.of(process.pid)
            time.sleep(seconds)
            after = Usage.of(process.pid)
            result = figures(clients, (after.cpu_seconds - before.cpu_seconds) / seconds)
        process.kill()
    return result


def resident_kilobytes(pid: int) -> int:
    """Tell how much memory a process holds now."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def measure_idle(stage: Stage) -> float:
    """See how many kilobytes an idle client costs."""
    with open_router(stage) as (process, port), open_clients(port, "good", CLIENTS):
        publish(stage, WARM_UP_SECONDS)  # or the first use of everything would be counted too
        before = resident_kilobytes(process.pid)
        with open_clients(port, "good", IDLE_CLIENTS):
            time.sleep(2)
            after = resident_kilobytes(process.pid)
    return (after - before) / IDLE_CLIENTS


def run(stage: Stage, *, seconds: float, rounds: int) -> None:
    """Measure everything, and print medians."""
    title = f"{CLIENTS} clients, {RATE:g} events/s for {seconds:g} s"
    print(f"\nLive streams, {title}, medians of {rounds}:\n")
    print(f"  {'':32}{'p50 ms':>9}{'p99 ms':>9}{'of a core':>11}{'dropped':>9}{'peak MB':>9}")
    contenders: dict[str, Sequence[str]] = {
        "router": (),
        **{f"beside one that {trouble}": (kind,) for kind, trouble in BAD_KINDS.items()},
    }
    results: dict[str, list[Mapping[str, float]]] = {"bare hypercorn loop": []}
    for _ in range(rounds):
        results["bare hypercorn loop"].append(measure_bare(seconds=seconds))
        for name, bad in contenders.items():
            results.setdefault(name, []).append(measure(stage, seconds=seconds, bad=bad))
        beside = f"beside {OVERVIEWS} open overviews"
        rows = results.setdefault(beside, [])
        rows.append(measure(stage, seconds=seconds, overviews=OVERVIEWS))
    for name, rows in results.items():
        row = {key: statistics.median(each[key] for each in rows) for key in rows[0]}
        print(
            f"  {name:32}{row['p50']:>9.2f}{row['p99']:>9.2f}{row['core']:>11.0%}"
            f"{row.get('dropped', 0):>9.0f}{row.get('peak_mb', 0):>9.0f}"
        )
    idle = statistics.median(measure_idle(stage) for _ in range(rounds))
    print(f"\n  {IDLE_CLIENTS} idle clients: {idle:.1f} KB each")


@click.command()
@click.option("--seconds", default=10.0, show_default=True)
@click.option("--rounds", default=3, show_default=True)
@click.option(
    "--only", type=click.Choice(["bare", "router", "overviews", "idle"]), help="A part of it."
)
def main(seconds: float, rounds: int, only: str | None) -> None:
    """Measure live streams."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with open_stage() as stage:
        for _ in range(rounds if only else 0):
            match only:
                case "bare":
                    print(measure_bare(seconds=seconds))
                case "router":
                    print(measure(stage, seconds=seconds))
                case "overviews":
                    print(measure(stage, seconds=seconds))
                    print(measure(stage, seconds=seconds, overviews=OVERVIEWS))
                case "idle":
                    print(measure_idle(stage))
        if only is None:
            run(stage, seconds=seconds, rounds=rounds)


if __name__ == "__main__":
    main()
