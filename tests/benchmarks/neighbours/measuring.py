"""A quiet tenant of a router of its own, measured alone and then beside one attack."""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import attrs
import trio

from pulse_router.embedded.ports import find_free
from tests.benchmarks.neighbours.attacking import argv
from tests.benchmarks.stage import Stage, running
from tests.support.commands.router import SECRET, RouterProcess
from tests.support.neighbours.attack import Attack
from tests.support.neighbours.quiet import Neighbour, Seen, living, neighbour_sql
from tests.support.neighbours.target import QUIET, Target, devices_sql

WARM_UP_SECONDS = 3.0
LAST_SECONDS = 20.0
"""How long a message may still be under way when a measurement ends; then it counts as missing."""

_ANNOUNCE = f"""
CREATE FUNCTION announce_rows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_notify('rows', string_agg(metrics->>'number', ' ')) FROM fresh
    WHERE tenant_id = '{QUIET}' HAVING count(*) > 0;
  RETURN NULL;
END $$;
CREATE TRIGGER announce AFTER INSERT ON telemetry REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION announce_rows();
"""
_FIGURES = ("row", "webhook", "live", "request")


@attrs.frozen
class Percentiles:
    """Milliseconds; `samples` is how many there were."""

    p50: float
    p99: float
    worst: float
    samples: int

    @classmethod
    def of(cls, values: list[float]) -> Percentiles:
        """Sum up; of nothing, all is infinite."""
        if len(values) < 2:
            return cls(float("inf"), float("inf"), float("inf"), len(values))
        hundredths = statistics.quantiles(values, n=100, method="inclusive")
        return cls(hundredths[49], hundredths[98], max(values), len(values))


@attrs.frozen
class Phase:
    """What the neighbour has seen in a time, and what the router held at the most."""

    figures: dict[str, Percentiles]
    health: Percentiles
    missing: int
    failed: list[str]
    peak_megabytes: float
    core: float
    waited: float

    @classmethod
    def of(cls, seen: Seen, peak_megabytes: float, core: float, waited: float) -> Phase:
        """Sum up.

        Args:
            seen: By the neighbour.
            peak_megabytes: The router's.
            core: Which share of a core the router used.
            waited: For which share of the time it wanted one and had none: other work's fault.
        """
        figures = {
            "row": Percentiles.of(seen.milliseconds(seen.row)),
            "webhook": Percentiles.of(seen.milliseconds(seen.webhook)),
            "live": Percentiles.of(seen.milliseconds(seen.live)),
            "request": Percentiles.of(seen.request),
        }
        missing = len(seen.missing() | (seen.sent.keys() - seen.row.keys()))
        health = Percentiles.of(seen.health)
        return cls(figures, health, missing, seen.failed, peak_megabytes, core, waited)


@attrs.frozen
class Result:
    """A neighbour alone and beside an attack; `ended` is what the log says of an end, if any."""

    alone: Phase
    beside: Phase
    after: Phase
    log: str


def measure(stage: Stage, attack: Attack, *, seconds: float, alone_seconds: float) -> Result:
    """Run a router on a fresh database, and see how the neighbour does."""
    database = stage.create_database()
    target = Target(find_free(), stage.mosquitto.port, find_free(), SECRET)
    webhook_port = find_free()
    for script in (devices_sql(), neighbour_sql(webhook_port), attack.prepare(target), _ANNOUNCE):
        stage.postgres.psql(database, script)
    stage.postgres.psql("postgres", "CHECKPOINT")
    try:
        with (
            _router(stage, database, target) as router,
            running(argv(attack.name, target), ready="ready") as attacker,
        ):
            return trio.run(
                _measure,
                Measuring(router, attacker, stage.admin_url(database), target, webhook_port),
                seconds,
                alone_seconds,
            )
    finally:
        stage.drop_database(database)


@contextmanager
def _router(stage: Stage, database: str, target: Target) -> Iterator[RouterProcess]:
    router = RouterProcess(
        {
            "PULSE_MQTT_HOST": "127.0.0.1",
            "PULSE_MQTT_PORT": str(stage.mosquitto.port),
            "PULSE_MQTT_CLIENT_ID": database,
            "PULSE_DATABASE_URL": stage.login_url(database),
            "PULSE_DELIVERY_ALLOW_NETWORKS": "127.0.0.0/8",
        },
        http_port=target.http_port,
    )
    router.start()
    try:
        yield router
    finally:
        if router.is_running:
            router.kill()


@attrs.frozen
class Measuring:
    """What a measurement is made of."""

    router: RouterProcess
    attacker: subprocess.Popen[str]
    admin_url: str
    target: Target
    webhook_port: int

    def peak_megabytes(self) -> float:
        """What the router has held at the most since it was last forgotten."""
        status = Path(f"/proc/{self.router.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / 1024

    def forget_peak(self) -> None:
        """See proc(5), `clear_refs`."""
        Path(f"/proc/{self.router.pid}/clear_refs").write_text("5")

    async def phase(self, neighbour: Neighbour, seconds: float, *, last: float = 1.0) -> Phase:
        """Let the neighbour live for a while."""
        self.forget_peak()
        seen, begin, before = neighbour.begin(), time.monotonic(), self.scheduled()
        await trio.sleep(seconds)
        took, after = time.monotonic() - begin, self.scheduled()
        await neighbour.pause(seconds=last)
        ran, waited = ((new - old) / 1e9 / took for old, new in zip(before, after, strict=True))
        return Phase.of(seen, self.peak_megabytes(), ran, waited)

    def scheduled(self) -> tuple[int, int]:
        """For how many nanoseconds the router's main thread has run, and waited for a core."""
        ran, waited, _ = Path(f"/proc/{self.router.pid}/schedstat").read_text().split()
        return int(ran), int(waited)


async def _measure(it: Measuring, seconds: float, alone_seconds: float) -> Result:
    await it.router.wait_until_ready()
    async with living(it.target, it.webhook_port) as neighbour:
        Rows(it.admin_url, neighbour).start()
        await it.phase(neighbour, WARM_UP_SECONDS)
        alone = await it.phase(neighbour, alone_seconds)
        assert it.attacker.stdin is not None
        it.attacker.stdin.write("go\n")
        it.attacker.stdin.flush()
        beside = await it.phase(neighbour, seconds, last=LAST_SECONDS)
        if it.attacker.poll() is not None:
            raise SystemExit("the attacker has ended; see above")
        it.attacker.kill()
        after = await it.phase(neighbour, alone_seconds / 4)
        if not it.router.is_running:
            raise SystemExit(f"the router has ended:\n{it.router.text[-3000:]}")
    return Result(alone, beside, after, it.router.text)


@attrs.define
class Rows:
    """Hears of the neighbour's rows in a thread of its own, when they have been committed."""

    url: str
    neighbour: Neighbour
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
        for number in map(int, str(arguments[-1]).split()):
            self.neighbour.seen.row.setdefault(number, heard_at)
