"""Delivery: how messages flow, beside what hangs and what is dead; webhooks stand by themselves.

A router of its own on a fresh database; endpoints in a process of their own.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import click

from pulse_router.domain.routes import DestinationType, MatchableRoute, RouteSet
from tests.benchmarks import isolation, limits, tenants, webhooks
from tests.benchmarks.isolation import median
from tests.benchmarks.site import open_site
from tests.benchmarks.stage import Stage, Usage, open_stage, wait_for_rows

BACKLOG = 1_000_000


def measure_flow(stage: Stage, count: int, **config: object) -> Mapping[str, float]:
    """Publish as fast as the broker takes it, and see when the last message has arrived."""
    with open_site(stage) as site:
        site.add_routes(1, "tenant/+/device/+/telemetry", "plain", **config)
        with site.router():
            start = site.publish(count, 0, program="publisher")
            site.endpoint.wait_for(count)
            return {"rate": count / (time.monotonic() - start)}


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


def run(stage: Stage, *, rounds: int, seconds: float = 12.0) -> None:
    """Measure everything and print it."""
    print(f"\nDelivery, medians of {rounds}:\n")
    few, many = (median(lambda n=n: measure_matching(n), rounds)["us"] for n in (10, 10_000))  # type: ignore[misc]  # a default binds it
    print(f"  matching, 10 and 10,000 routes: {few:.2f} and {many:.2f} µs ({many / few:.2f} times)")
    webhooks.run(stage, rounds=rounds)
    flow = median(lambda: measure_flow(stage, 100_000, batch=webhooks.BATCH), rounds)
    print(f"  end to end in batches of 100: {flow['rate']:,.0f}/s")
    isolation.run_idle(stage, rounds=rounds)
    isolation.run(stage, rounds=rounds, seconds=seconds)
    tenants.run(stage, rounds=rounds, seconds=seconds)
    limits.run(stage)
    run_outage(stage)


def run_outage(stage: Stage) -> None:
    """Measure once what a million deliveries before a dead endpoint cost, and print it."""
    without, beside = measure_outage(stage, 0, 100_000), measure_outage(stage, BACKLOG, 100_000)
    print(
        f"  {BACKLOG:,} deliveries before a dead endpoint: ingest {beside['ingest']:,.0f}/s"
        f" ({beside['ingest'] / without['ingest']:.2f} of {without['ingest']:,.0f}/s),"
        f" peak {beside['peak_mb']:.0f} MB, {beside['buried_untried']:.0f} buried untried;"
        f" when it returns {beside['drain']:,.0f}/s over {beside['most_open']:.0f} connections"
    )


@click.command()
@click.option("--rounds", default=3, show_default=True, help="Rounds; the median counts.")
@click.option(
    "--seconds", default=12.0, show_default=True, help="How long each latency is measured."
)
@click.option(
    "--only",
    default="",
    help="webhooks, or one of drain, tls, bare, barest, burst, batch; or flow, idle, isolation,"
    " tenants, limits, outage, matching.",
)
def main(rounds: int, seconds: float, only: str) -> None:
    """Measure delivery on this machine."""
    with open_stage() as stage:
        match only:
            case "webhooks":
                webhooks.run(stage, rounds=rounds)
            case name if name in webhooks.MEASURES:
                print(median(lambda: webhooks.MEASURES[name](stage), rounds))
            case "flow":
                print(median(lambda: measure_flow(stage, 100_000, batch=webhooks.BATCH), rounds))
            case "idle":
                isolation.run_idle(stage, rounds=rounds)
            case "isolation":
                isolation.run(stage, rounds=rounds, seconds=seconds)
            case "tenants":
                tenants.run(stage, rounds=rounds, seconds=seconds)
            case "limits":
                limits.run(stage)
            case "outage":
                run_outage(stage)
            case "matching":
                print([measure_matching(count) for count in (10, 10_000)])
            case _:
                run(stage, rounds=rounds, seconds=seconds)


if __name__ == "__main__":
    main()
