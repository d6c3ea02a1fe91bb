"""`make bench`: prints the machine, then each benchmark."""

from __future__ import annotations

import logging
from collections.abc import Callable

import click
import structlog

from tests.benchmarks import (
    api,
    console,
    delivery,
    ingest,
    latency,
    many_tenants,
    republish,
    routes,
    streams,
    templates,
)
from tests.benchmarks.held import queue as held
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.reading import lists, preview, traces
from tests.benchmarks.stage import open_stage

SECTIONS = (
    "ingest",
    "poison",
    "latency",
    "delivery",
    "republish",
    "api",
    "streams",
    "templates",
    "held-snapshot",
    "lists",
    "tenants",
    "routes",
    "preview",
    "traces",
    "console",
)


@click.command()
@click.option("--messages", default=200_000, show_default=True, help="Messages in each round.")
@click.option("--rounds", default=3, show_default=True, help="Rounds; the median counts.")
@click.option("--seconds", default=20.0, show_default=True, help="How long latency is measured.")
@click.option(
    "--deliveries", default=2_000_000, show_default=True, help="Deliveries under a held snapshot."
)
@click.option("--rows", default=1_000_000, show_default=True, help="Rows of a tenant's lists.")
@click.option("--tenants", "many", default=1_000, show_default=True, help="How many tenants.")
@click.option("--only", multiple=True, type=click.Choice(SECTIONS), help="One section; repeatable.")
def main(
    messages: int,
    rounds: int,
    seconds: float,
    deliveries: int,
    rows: int,
    many: int,
    only: tuple[str, ...],
) -> None:
    """Measure ingest against a bare pipeline, and delivery, in one run on this machine."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(describe_machine())
    wanted = only or SECTIONS
    with open_stage() as stage:
        sections: dict[str, Callable[[], None]] = {
            "ingest": lambda: ingest.run(
                stage, "Durable ingest", ingest.SPEED, messages=messages, rounds=rounds
            ),
            "poison": lambda: ingest.run(
                stage, "Poison", ingest.POISON, messages=messages, rounds=rounds
            ),
            "latency": lambda: latency.run(stage, rate=100, seconds=seconds, rounds=rounds),
            "delivery": lambda: delivery.run(stage, rounds=rounds, seconds=seconds),
            "republish": lambda: republish.run(stage, rounds=rounds),
            "api": lambda: api.run(stage, rounds=rounds, seconds=seconds),
            "streams": lambda: streams.run(stage, rounds=rounds, seconds=seconds / 2),
            "templates": lambda: templates.run(rounds=rounds),
            "held-snapshot": lambda: held.run(stage, deliveries=deliveries),
            "lists": lambda: lists.run(stage, rows=rows),
            "tenants": lambda: many_tenants.run(stage, tenants=many),
            "routes": lambda: routes.run(stage),
            "preview": lambda: preview.run(stage, rounds=rounds, seconds=seconds / 2),
            "traces": lambda: traces.run(stage),
            "console": lambda: console.run(stage, seconds=seconds / 2),
        }
        for name, run in sections.items():
            if name in wanted:
                run()


if __name__ == "__main__":
    main()
