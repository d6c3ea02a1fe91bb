"""Webhooks: what one costs the router, beside a bare loop that signs, sends, reads and parses.

All of it in one run, each round after the other, against endpoints in processes of their own whose
own cost is told too: where one takes as long as what is measured, it is measured instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs

from tests.benchmarks.bare.webhooks import CONNECTIONS
from tests.benchmarks.isolation import medians
from tests.benchmarks.site import PAYLOAD, Site, open_site
from tests.benchmarks.stage import Stage, Usage, cpu_of_servers, running
from tests.support.servers.certificates import TestAuthority

COUNT = 20_000
BURST = 5_000
BATCH = {"max_messages": 100, "max_wait_ms": 20}
BATCHED = 200_000
HOST = "localhost"

Figures = Mapping[str, float]


@attrs.define
class Meter:
    """What the router, the endpoint and the database spend while it runs.

    A route's webhooks are signed, as the bare loop signs.
    """

    site: Site
    router: int
    _before: list[float] = attrs.field(factory=list)
    _start: float = 0.0

    def begin(self) -> None:
        """Begin."""
        self._before, self._start = self._spent(), time.monotonic()

    def end(self, count: int, start: float | None = None) -> Figures:
        """Wait until so many messages have arrived, and say what each has cost."""
        self.site.endpoint.wait_for(count)
        seconds = time.monotonic() - (self._start if start is None else start)
        router, endpoint, database = (
            after - before for before, after in zip(self._before, self._spent(), strict=True)
        )
        requests = int(self.site.endpoint.ask("requests"))
        return {
            "rate": count / seconds,
            "cpu_us": router / count * 1e6,
            "endpoint_us": endpoint / requests * 1e6,
            "database_us": database / count * 1e6,
            "peak_mb": Usage.of(self.router).peak_megabytes,
        }

    def _spent(self) -> list[float]:
        return [
            Usage.of(self.router).cpu_seconds,
            Usage.of(self.site.endpoint.process.pid).cpu_seconds,
            cpu_of_servers(self.site.stage.postgres),
        ]


@contextmanager
def encrypted(stage: Stage) -> Iterator[tuple[Path, Path]]:
    """Make an authority's certificate, and one of it with its key, for an endpoint."""
    authority = TestAuthority()
    issued = authority.issue(HOST)
    trusted, chain = stage.folder / "authority.pem", stage.folder / "endpoint.pem"
    trusted.write_bytes(authority.pem)
    chain.write_bytes(issued.key + issued.certificate)
    yield trusted, chain
    trusted.unlink()
    chain.unlink()


def measure_drain(stage: Stage, count: int = COUNT, **config: object) -> Figures:
    """Start a router on a backlog, and see how fast it goes."""
    with open_site(stage) as site:
        site.add_routes(1, "tenant/+/device/+/telemetry", "plain", **config)
        return drain(site, count)


def measure_drain_over_tls(stage: Stage, count: int = COUNT) -> Figures:
    """The same, to an endpoint that a private authority has certified."""
    with encrypted(stage) as (trusted, chain), open_site(stage, certificate=chain) as site:
        site.add_routes_to(f"https://{HOST}:{site.port}/plain", 1, "tenant/+/device/+/telemetry")
        return drain(site, count, PULSE_DELIVERY_CA_FILE=str(trusted))


def drain(site: Site, count: int, **more: str) -> Figures:
    """Fill a backlog, and see what a router with these settings spends until it is gone."""
    site.sign_routes()
    site.add_backlog(count)
    site.enable_routes(on=False)
    with site.router(**more) as process:
        meter = Meter(site, process.pid)
        meter.begin()
        site.enable_routes(on=True)
        return meter.end(count)


def measure_burst(stage: Stage, count: int = BURST) -> Figures:
    """Publish so many at once, and see when the last one has been answered with 2xx."""
    with open_site(stage) as site:
        site.add_routes(1, "tenant/+/device/+/telemetry", "plain")
        site.sign_routes()
        with site.router() as process:
            meter = Meter(site, process.pid)
            meter.begin()
            start = site.publish(count, 0, program="publisher")
            return meter.end(count, start)


def measure_bare(stage: Stage, way: str, count: int = COUNT) -> Figures:
    """Have the bare loop post the same bodies, by streams of Trio or by plain sockets."""
    with open_site(stage) as site:
        before = Usage.of(site.endpoint.process.pid).cpu_seconds
        argv = ["tests.benchmarks.bare.webhooks", way, str(site.port), str(count), PAYLOAD]
        with running(["-m", *argv], ready="ready") as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("go\n")
            process.stdin.flush()
            seconds, cpu = map(float, process.stdout.readline().split())
        endpoint = Usage.of(site.endpoint.process.pid).cpu_seconds - before
    return {
        "rate": count / seconds,
        "cpu_us": cpu / count * 1e6,
        "endpoint_us": endpoint / count * 1e6,
    }


MEASURES: Mapping[str, Callable[[Stage], Figures]] = {
    "bare": lambda stage: measure_bare(stage, "stream"),
    "barest": lambda stage: measure_bare(stage, "socket"),
    "drain": measure_drain,
    "tls": measure_drain_over_tls,
    "burst": measure_burst,
    "batch": lambda stage: measure_drain(stage, BATCHED, batch=BATCH),
}


def run(stage: Stage, *, rounds: int) -> None:
    """Measure all of it in turns, and print it."""
    results: dict[str, list[Figures]] = {name: [] for name in MEASURES}
    for _ in range(rounds):
        for name, measure in MEASURES.items():
            results[name].append(measure(stage))
    bare, barest, drain, tls, burst, batch = (medians(results[name]) for name in MEASURES)
    print(f"  a bare loop over {CONNECTIONS} connections that signs: {_told(bare)};")
    print(f"    where it waits for answers only: {_told(barest)}")
    print(f"  one by one from a backlog: {_told(drain)}; {_beside(drain, bare)} of the bare loop")
    print(f"  the same over TLS: {_told(tls)}; {_beside(tls, drain)} of it without")
    print(f"  {BURST:,} published at once, until the last 2xx: {_told(burst)}")
    print(
        f"  backlog in batches of 100, each message: {_told(batch)} a request;"
        f" peak {batch['peak_mb']:.0f} MB"
    )


def _beside(one: Figures, other: Figures) -> str:
    return f"{one['rate'] / other['rate']:.2f}"


def _told(figures: Figures) -> str:
    told = f"{figures['rate']:,.0f}/s, {figures['cpu_us']:.0f} µs of CPU each"
    if "database_us" in figures:
        told += f", {figures['database_us']:.0f} µs of PostgreSQL's"
    return f"{told}, {figures['endpoint_us']:.0f} µs of the endpoint's"
