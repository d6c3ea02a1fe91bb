"""How long a message takes to its webhook, alone and beside endpoints that hang.

Healthy and hanging endpoints are processes of their own, as they would be machines of their own.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping

from tests.benchmarks.site import Site, open_endpoint, open_site
from tests.benchmarks.stage import Stage, Usage

WARM_UP_SECONDS = 3.0
"""Long enough for the hanging endpoints to be known as such."""
RATE = 200.0


def percentile(values: list[float], share: float) -> float:
    """Give the value below which this share of the values lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def median(measure: Callable[[], Mapping[str, float]], rounds: int) -> Mapping[str, float]:
    """Measure several times; each figure is its own median."""
    return medians([measure() for _ in range(rounds)])


def medians(results: list[Mapping[str, float]]) -> Mapping[str, float]:
    """Give each figure's own median."""
    return {key: statistics.median(result[key] for result in results) for key in results[0]}


def measure_latency(
    stage: Stage, *, healthy: int, hanging: int, rate: float, seconds: float
) -> Mapping[str, float]:
    """See how long messages take to healthy endpoints, beside hanging ones.

    Every message matches one healthy route and, where there are any, one that hangs: with several,
    each device has its own two.
    """
    with open_endpoint() as tar_pit, open_site(stage) as site:
        device = "+" if healthy == 1 else "DEV-{n}"
        topic_filter = f"tenant/+/device/{device}/telemetry"
        site.add_routes(healthy, topic_filter, "plain")
        site.add_routes_to(f"http://127.0.0.1:{tar_pit.port}/hang", hanging, topic_filter)
        _name_devices(site)
        warm_up, count = int(WARM_UP_SECONDS * rate), int(seconds * rate)
        with site.router() as process:
            site.publish(warm_up, rate)
            site.endpoint.wait_for(warm_up)
            site.endpoint.latencies()
            before, start = Usage.of(process.pid), time.monotonic()
            site.publish(count, rate)
            spent = Usage.of(process.pid).cpu_seconds - before.cpu_seconds
            took = time.monotonic() - start
            site.endpoint.wait_for(warm_up + count)
            latencies = site.endpoint.latencies()
            if len(latencies) != count:
                raise SystemExit(f"{len(latencies)} of {count} webhooks arrived")
            _check_nothing_is_lost(site, warm_up + count, hanging)
            most_hanging = int(tar_pit.ask("hanging"))
    return {
        "samples": len(latencies),
        "p50": percentile(latencies, 0.5),
        "p99": percentile(latencies, 0.99),
        "worst": max(latencies),
        "most_hanging": most_hanging,
        "core": spent / took,
    }


def _name_devices(site: Site) -> None:
    # The publisher's devices are numbered from 00000.
    site.stage.postgres.psql(
        site.database,
        "UPDATE message_routes SET topic_filter = regexp_replace(topic_filter, 'DEV-\\d+',"
        " 'DEV-' || to_char(substring(topic_filter FROM 'DEV-(\\d+)')::int - 1, 'FM00000'))"
        " WHERE topic_filter LIKE '%DEV-%'",
    )


def _check_nothing_is_lost(site: Site, published: int, hanging: int) -> None:
    kept = site.stage.count(site.database, "route_deliveries")
    kept += site.stage.count(site.database, "dead_letter_messages")
    if hanging and kept < published:
        raise SystemExit(f"{published - kept} deliveries of the hanging endpoints are lost")


def run(stage: Stage, *, rounds: int, seconds: float) -> None:
    """Compare healthy endpoints alone and beside as many that hang, in turns, and print it."""
    for count in (1, 20):
        alone: list[Mapping[str, float]] = []
        beside: list[Mapping[str, float]] = []
        for number in range(rounds):
            for hanging, results in ((0, alone), (count, beside)):
                result = measure_latency(
                    stage, healthy=count, hanging=hanging, rate=RATE, seconds=seconds
                )
                results.append(result)
                _tell_round(number + 1, hanging, result)
        _tell(count, medians(alone), medians(beside))


def _tell_round(number: int, hanging: int, result: Mapping[str, float]) -> None:
    print(
        f"  round {number}, beside {hanging} hanging: p50 {result['p50']:.1f} ms,"
        f" p99 {result['p99']:.1f} ms, worst {result['worst']:.1f} ms"
        f" of {result['samples']:.0f}; {result['core']:.0%} of a core",
        file=sys.stderr,
    )


def _tell(count: int, alone: Mapping[str, float], beside: Mapping[str, float]) -> None:
    print(
        f"  {count} healthy at {RATE:.0f} messages/s, {alone['samples']:.0f} samples:"
        f" p50 {alone['p50']:.1f} and p99 {alone['p99']:.1f} ms alone,"
        f" p50 {beside['p50']:.1f} and p99 {beside['p99']:.1f} ms beside {count} hanging"
        f" ({beside['p99'] / alone['p99']:.2f} times), which held"
        f" {beside['most_hanging']:.0f} connections"
    )


def run_idle(stage: Stage, *, rounds: int) -> None:
    """Measure a system that has nothing else to do, and print it."""
    idle = median(lambda: measure_latency(stage, healthy=1, hanging=0, rate=10, seconds=8), rounds)
    print(f"  publish to webhook, idle: p50 {idle['p50']:.1f} ms, p99 {idle['p99']:.1f} ms")
