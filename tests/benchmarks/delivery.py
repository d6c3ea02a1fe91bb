"""Delivery: speed one by one and in batches, latency, and whether a hanging neighbour is felt.

A router of its own on a fresh database; endpoints in a process of their own.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping

import click
import httpcore2
import trio

from pulse_router.domain.routes import DestinationType, MatchableRoute, RouteSet
from tests.benchmarks.site import Site, open_site
from tests.benchmarks.stage import Stage, Usage, open_stage, wait_for_rows

WARM_UP_SECONDS = 2.0
BARE_CONNECTIONS = 8


def percentile(values: list[float], share: float) -> float:
    """Give the value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def measure_drain(stage: Stage, count: int, **config: object) -> Mapping[str, float]:
    """Start a router on a backlog, and see how fast it goes."""
    with open_site(stage) as site:
        site.add_routes(1, "tenant/+/device/+/telemetry", "plain", **config)
        site.add_backlog(count)
        stage.postgres.psql(site.database, "UPDATE message_routes SET is_enabled = false")
        with site.router() as process:
            before, start = Usage.of(process.pid), time.monotonic()
            stage.postgres.psql(site.database, "UPDATE message_routes SET is_enabled = true")
            site.endpoint.wait_for(count)
            seconds, after = time.monotonic() - start, Usage.of(process.pid)
    return {
        "rate": count / seconds,
        "cpu_us": (after.cpu_seconds - before.cpu_seconds) / count * 1e6,
        "peak_mb": after.peak_megabytes,
    }


def measure_bare(stage: Stage, count: int) -> Mapping[str, float]:
    """Post the same bodies in a loop that does nothing else: the limit of one process."""
    body = json.dumps({"site_id": "SITE-1", "metrics": {"temperature": 21.5, "battery": 90}})

    async def post(pool: httpcore2.AsyncConnectionPool, url: str, times: int) -> None:
        for _ in range(times):
            await pool.request("POST", url, content=body.encode())

    async def main(url: str) -> None:
        async with httpcore2.AsyncConnectionPool() as pool, trio.open_nursery() as nursery:
            for _ in range(BARE_CONNECTIONS):
                nursery.start_soon(post, pool, url, count // BARE_CONNECTIONS)

    with open_site(stage) as site:
        url = f"http://127.0.0.1:{site.port}/plain"
        start, cpu = time.monotonic(), time.process_time()
        trio.run(main, url)
        seconds, cpu = time.monotonic() - start, time.process_time() - cpu
    return {"rate": count / seconds, "cpu_us": cpu / count * 1e6}


def measure_flow(stage: Stage, count: int, **config: object) -> Mapping[str, float]:
    """Publish as fast as the broker takes it, and see when the last message has arrived."""
    with open_site(stage) as site:
        site.add_routes(1, "tenant/+/device/+/telemetry", "plain", **config)
        with site.router():
            start = site.publish(count, 0, program="publisher")
            site.endpoint.wait_for(count)
            return {"rate": count / (time.monotonic() - start)}


def measure_latency(
    stage: Stage, *, healthy: int, hanging: int, rate: float, seconds: float
) -> Mapping[str, float]:
    """See how long messages take to healthy endpoints, beside hanging ones.

    Each device has its own endpoints when there are several.
    """
    with open_site(stage) as site:
        device = "+" if healthy == 1 else "DEV-{n}"
        for count, path in ((healthy, "plain"), (hanging, "hang")):
            site.add_routes(count, f"tenant/+/device/{device}/telemetry", path)
        # The publisher's devices are numbered from 00000.
        stage.postgres.psql(
            site.database,
            "UPDATE message_routes SET topic_filter = regexp_replace(topic_filter, 'DEV-\\d+',"
            " 'DEV-' || to_char(substring(topic_filter FROM 'DEV-(\\d+)')::int - 1, 'FM00000'))"
            " WHERE topic_filter LIKE '%DEV-%'",
        )
        with site.router():
            site.publish(int(WARM_UP_SECONDS * rate), rate)
            time.sleep(0.5)
            site.endpoint.latencies()
            site.publish(int(seconds * rate), rate)
            time.sleep(0.5)
            latencies = site.endpoint.latencies()
            _check_nothing_is_lost(site, int((WARM_UP_SECONDS + seconds) * rate), hanging)
            most_hanging = int(site.endpoint.ask("hanging"))
    return {
        "p50": percentile(latencies, 0.5),
        "p99": percentile(latencies, 0.99),
        "most_hanging": most_hanging,
    }


def _check_nothing_is_lost(site: Site, published: int, hanging: int) -> None:
    expected = published if hanging == 1 else published * min(1, hanging)
    kept = site.stage.count(site.database, "route_deliveries")
    kept += site.stage.count(site.database, "dead_letter_messages")
    if hanging and kept < expected:
        raise SystemExit(f"{expected - kept} deliveries of the hanging endpoints are lost")


def measure_outage(stage: Stage, backlog: int, messages: int) -> Mapping[str, float]:
    """Let a backlog lie before a dead endpoint while messages come in; then let it return."""
    with open_site(stage) as site:
        site.endpoint.ask("die")
        site.add_routes(1, "tenant/+/device/NOBODY/telemetry", "plain")
        if backlog:
            site.add_backlog(backlog)
        with site.router() as process:
            before = Usage.of(process.pid)
            start = site.publish(messages, 0, program="publisher")
            rate = messages / (wait_for_rows(stage, site.database, messages) - start)
            spent = Usage.of(process.pid).cpu_seconds - before.cpu_seconds
            time.sleep(10 if backlog else 0)
            letters = "SELECT count(*) FROM dead_letter_messages WHERE attempts = 0"
            untried = int(stage.postgres.psql(site.database, letters))
            peak = Usage.of(process.pid).peak_megabytes
            if backlog:
                site.endpoint.ask("live")
                site.endpoint.wait_for(1)
                start = time.monotonic()
                site.endpoint.wait_for(10_000)
            drained = 10_000 / (time.monotonic() - start)
            most_open = int(site.endpoint.ask("open"))
    return {
        "ingest": rate,
        "cpu_us": spent / messages * 1e6,
        "peak_mb": peak,
        "buried_untried": untried,
        "drain": drained,
        "most_open": most_open,
    }


def measure_matching(routes: int) -> Mapping[str, float]:
    """See what finding the routes of a message costs, five of which share its topic."""
    shared = 5  # so that ten routes are two topics, and no topic is asked for twice in a row
    route_set = RouteSet(
        [
            MatchableRoute(
                id=number,
                tenant_id="TENANT1",
                topic_filter=f"tenant/+/device/DEV-{number // shared:05}/+",
                destination_type=DestinationType.WEBHOOK,
                accepts=None,
            )
            for number in range(routes)
        ],
        max_cached_topics=1,  # the index is measured, not the cache
    )
    topics = [f"tenant/TENANT1/device/DEV-{n:05}/telemetry" for n in range(routes // shared)] * 2
    start = time.perf_counter()
    repeats = max(1, 20_000 // len(topics))
    for _ in range(repeats):
        for topic in topics:
            route_set.candidates("TENANT1", topic)
    return {"us": (time.perf_counter() - start) / (repeats * len(topics)) * 1e6}


def median(measure: Callable[[], Mapping[str, float]], rounds: int) -> Mapping[str, float]:
    """Measure several times; each figure is its own median."""
    results = [measure() for _ in range(rounds)]
    return {key: statistics.median(result[key] for result in results) for key in results[0]}


def run(stage: Stage, *, rounds: int, seconds: float = 12.0) -> None:
    """Measure everything and print it."""
    print(f"\nDelivery, medians of {rounds}:\n")
    few, many = (median(lambda n=n: measure_matching(n), rounds)["us"] for n in (10, 10_000))  # type: ignore[misc]  # a default binds it
    print(f"  matching, 10 and 10,000 routes: {few:.2f} and {many:.2f} µs ({many / few:.2f} times)")
    single = median(lambda: measure_drain(stage, 20_000), rounds)
    bare = median(lambda: measure_bare(stage, 20_000), rounds)
    print(
        f"  one by one: {single['rate']:,.0f}/s, {single['cpu_us']:.0f} µs of CPU each;"
        f" a bare client loop {bare['rate']:,.0f}/s, {bare['cpu_us']:.0f} µs"
    )
    batch = {"max_messages": 100, "max_wait_ms": 20}
    drain = median(lambda: measure_drain(stage, 200_000, batch=batch), rounds)
    print(
        f"  backlog in batches of 100: {drain['rate']:,.0f}/s,"
        f" {drain['cpu_us']:.0f} µs of CPU each, peak {drain['peak_mb']:.0f} MB"
    )
    flow = median(lambda: measure_flow(stage, 100_000, batch=batch), rounds)
    print(f"  end to end in batches of 100: {flow['rate']:,.0f}/s")
    idle = median(lambda: measure_latency(stage, healthy=1, hanging=0, rate=10, seconds=8), rounds)
    print(f"  publish to webhook, idle: p50 {idle['p50']:.1f} ms, p99 {idle['p99']:.1f} ms")
    for count in (1, 20):
        _compare(stage, count, rounds=rounds, seconds=seconds)


def _compare(stage: Stage, count: int, *, rounds: int, seconds: float) -> None:
    def measure(hanging: int) -> Mapping[str, float]:
        return measure_latency(stage, healthy=count, hanging=hanging, rate=200, seconds=seconds)

    alone, beside = median(lambda: measure(0), rounds), median(lambda: measure(count), rounds)
    print(
        f"  {count} healthy at 200 messages/s: p99 {alone['p99']:.1f} ms alone,"
        f" {beside['p99']:.1f} ms beside {count} hanging"
        f" ({beside['p99'] / alone['p99']:.2f} times), which held"
        f" {beside['most_hanging']:.0f} connections"
    )


@click.command()
@click.option("--rounds", default=3, show_default=True, help="Rounds; the median counts.")
@click.option(
    "--seconds", default=12.0, show_default=True, help="How long each latency is measured."
)
@click.option(
    "--only", default="", help="drain, bare, batch, flow, idle, isolation, outage, matching."
)
def main(rounds: int, seconds: float, only: str) -> None:
    """Measure delivery on this machine."""
    batch = {"max_messages": 100, "max_wait_ms": 20}
    with open_stage() as stage:
        match only:
            case "drain":
                print(median(lambda: measure_drain(stage, 20_000), rounds))
            case "bare":
                print(median(lambda: measure_bare(stage, 20_000), rounds))
            case "batch":
                print(median(lambda: measure_drain(stage, 200_000, batch=batch), rounds))
            case "flow":
                print(median(lambda: measure_flow(stage, 100_000, batch=batch), rounds))
            case "idle":
                print(measure_latency(stage, healthy=1, hanging=0, rate=10, seconds=seconds))
            case "isolation":
                for count in (1, 20):
                    _compare(stage, count, rounds=rounds, seconds=seconds)
            case "outage":
                print(measure_outage(stage, 0, 100_000))
                print(measure_outage(stage, 1_000_000, 100_000))
            case "matching":
                print([measure_matching(count) for count in (10, 10_000)])
            case _:
                run(stage, rounds=rounds, seconds=seconds)


if __name__ == "__main__":
    main()
