"""From publish to row: how long, at a rate that leaves the box mostly idle.

Each row is announced by its own transaction and heard when that has committed, which the wire and
the listener's own wake-up make a little later: what is shown is an upper bound.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import threading
import time

import asyncpg
import attrs

from tests.benchmarks.ingest import DEVICES, ROUTER
from tests.benchmarks.stage import TOKEN, Stage, Usage, running

ANNOUNCE = """
CREATE FUNCTION announce_rows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_notify('rows', string_agg(metrics->>'sent_at', ' ')) FROM fresh {which};
  RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER INSERT ON telemetry REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION announce_rows()
"""


@attrs.define
class Listener:
    """Hears of rows in a thread of its own."""

    url: str
    milliseconds: list[float] = attrs.field(factory=list)
    _ready: threading.Event = attrs.field(factory=threading.Event)

    def start(self) -> None:
        """Begin to listen."""
        threading.Thread(target=lambda: asyncio.run(self._listen()), daemon=True).start()
        self._ready.wait()

    async def _listen(self) -> None:
        connection = await asyncpg.connect(self.url)
        await connection.add_listener("rows", self._hear)
        self._ready.set()
        await asyncio.Event().wait()

    def _hear(self, *arguments: object) -> None:
        heard_at = time.time()
        sent = str(arguments[-1]).split()
        self.milliseconds += [(heard_at - float(sent_at)) * 1000 for sent_at in sent]


def measure(stage: Stage, *, rate: float, seconds: float) -> tuple[list[float], float]:
    """Publish at a rate.

    Returns:
        The milliseconds from publish to row, and the share of a core that the router took.
    """
    database = stage.create_database()
    ROUTER.prepare(stage, database)
    stage.postgres.psql(database, ANNOUNCE.format(which=""))
    listener = Listener(stage.admin_url(database))
    count = int(rate * seconds)
    argv = ["-m", "tests.benchmarks.steady", str(stage.mosquitto.port), str(count)]
    argv += [str(DEVICES), TOKEN, str(rate)]
    with ROUTER.start(stage, database) as process, running(argv, ready="ready") as publisher:
        listener.start()
        assert publisher.stdin is not None
        before, start = Usage.of(process.pid), time.monotonic()
        publisher.stdin.write("go\n")
        publisher.stdin.flush()
        while len(listener.milliseconds) < count and time.monotonic() < start + seconds + 30:
            time.sleep(0.05)
        took = time.monotonic() - start
        after = Usage.of(process.pid)
    stage.drop_database(database)
    if len(listener.milliseconds) < count:
        raise SystemExit(f"only {len(listener.milliseconds)} of {count} rows were heard of")
    # The first second looks every device up.
    return listener.milliseconds[int(rate) :], (after.cpu_seconds - before.cpu_seconds) / took


def run(stage: Stage, *, rate: float, seconds: float, rounds: int) -> None:
    """Measure several times, and print medians."""
    p50, p99, share = [], [], []
    for number in range(rounds):
        milliseconds, core = measure(stage, rate=rate, seconds=seconds)
        hundredths = statistics.quantiles(milliseconds, n=100)
        p50.append(hundredths[49])
        p99.append(hundredths[98])
        share.append(core)
        print(f"  round {number + 1}: p99 {p99[-1]:.1f} ms, {core:.0%} of a core", file=sys.stderr)
    print(f"\nFrom publish to row, {rate:g} messages/s for {seconds:g} s, medians of {rounds}:\n")
    print(
        f"  p50 {statistics.median(p50):.1f} ms, p99 {statistics.median(p99):.1f} ms,"
        f" {statistics.median(share):.0%} of a core"
    )
