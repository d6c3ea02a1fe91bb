"""Republishing: how fast a backlog goes to a topic of the broker, and to a webhook.

A router of its own on a fresh database; nobody has subscribed to the topic.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping

import click

from tests.benchmarks.isolation import median
from tests.benchmarks.site import open_site
from tests.benchmarks.stage import Stage, Usage, open_stage
from tests.benchmarks.webhooks import measure_drain

MESSAGES = 20_000
MAX_SECONDS = 300


def measure(stage: Stage, count: int, *, qos: int) -> Mapping[str, float]:
    """Start a router on a backlog, and see how fast it goes."""
    config = json.dumps({"topic": "tenant/{tenant_id}/copy/{device_id}", "qos": qos})
    with open_site(stage) as site:
        ask = stage.postgres.psql
        ask(
            site.database,
            "INSERT INTO message_routes (tenant_id, name, topic_filter, destination_type,"
            " destination_config, is_enabled)"
            f" VALUES ('TENANT1', 'r', 'x', 'mqtt_republish', '{config}', false)",
        )
        site.add_backlog(count)
        with site.router() as process:
            before, start = Usage.of(process.pid), time.monotonic()
            ask(site.database, "UPDATE message_routes SET is_enabled = true")
            while stage.count(site.database, "route_deliveries"):
                if time.monotonic() > start + MAX_SECONDS:
                    raise SystemExit("the backlog has not drained")
                time.sleep(0.1)
            seconds, after = time.monotonic() - start, Usage.of(process.pid)
        if dead := stage.count(site.database, "dead_letter_messages"):
            raise SystemExit(f"{dead} messages have become dead letters")
    spent = after.cpu_seconds - before.cpu_seconds
    return {"rate": count / seconds, "cpu_us": spent / count * 1e6}


def run(stage: Stage, *, rounds: int) -> None:
    """Measure everything and print it."""
    print(f"\nRepublishing, medians of {rounds}:\n")
    for qos in (0, 1, 2):
        found = median(lambda qos=qos: measure(stage, MESSAGES, qos=qos), rounds)  # type: ignore[misc]  # a default binds it
        print(f"  QoS {qos}: {found['rate']:,.0f}/s, {found['cpu_us']:.0f} µs of CPU each")
    found = median(lambda: measure_drain(stage, MESSAGES), rounds)
    print(f"  webhooks one by one: {found['rate']:,.0f}/s, {found['cpu_us']:.0f} µs of CPU each")


@click.command()
@click.option("--rounds", default=3, show_default=True, help="Rounds; the median counts.")
def main(rounds: int) -> None:
    """Measure republishing on this machine."""
    with open_stage() as stage:
        run(stage, rounds=rounds)


if __name__ == "__main__":
    main()
