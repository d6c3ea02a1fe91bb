"""What receipts cost delivery: the same backlog with them and without, in turns, in one run.

Without, a settlement does what it did before there were any: the database alone is changed for
that, where they are written. What the router then still does for them is told by itself.
"""

from __future__ import annotations

import logging
import statistics
import sys
import timeit
from collections.abc import Mapping
from typing import Any, Final

import click
import structlog

from tests.benchmarks.site import open_site
from tests.benchmarks.stage import Stage, open_stage
from tests.benchmarks.webhooks import BATCH, Figures, drain

WITHOUT: Final = """
CREATE OR REPLACE FUNCTION pulse_settle_with_receipts(
  p_ids bigint[], p_statuses integer[], p_milliseconds integer[], p_leave_out boolean,
  p_partitions integer[], p_epochs bigint[]
) RETURNS SETOF integer LANGUAGE plpgsql ROWS 1 AS $$
BEGIN
  RETURN QUERY SELECT pulse_settle(p_ids, p_partitions, p_epochs);
END $$;
CREATE OR REPLACE FUNCTION pulse_settle_alike(
  p_ids bigint[], p_milliseconds integer[], p_route_id bigint, p_status integer,
  p_partitions integer[], p_epochs bigint[]
) RETURNS SETOF integer LANGUAGE plpgsql ROWS 1 AS $$
BEGIN
  RETURN QUERY SELECT pulse_settle(p_ids, p_partitions, p_epochs);
END $$
"""
KINDS: Final[Mapping[str, tuple[int, float, dict[str, Any]]]] = {
    "one by one": (40_000, 0.03, {}),
    "in batches of 100": (400_000, 0.02, {"batch": BATCH}),
}
"""How many deliveries, what receipts may cost of them, and how they go out."""


def measure(stage: Stage, count: int, config: Mapping[str, Any], *, has_receipts: bool) -> Figures:
    """Drain a backlog to an endpoint."""
    with open_site(stage) as site:
        site.add_routes(1, "tenant/+/device/+/telemetry", "plain", **config)
        if not has_receipts:
            stage.postgres.psql(site.database, WITHOUT)
        figures = drain(site, count)
        written = stage.count(site.database, "receipt_deltas")
        written += stage.count(site.database, "delivery_receipts")
        assert bool(written) is has_receipts, written
        return figures


def spent(figures: Figures) -> float:
    """Give the microseconds of CPU that a delivery takes of router and database."""
    return figures["cpu_us"] + figures["database_us"]


def of_router() -> float:
    """Give the microseconds that the router spends on a receipt: two numbers noted and sent."""
    number = 10_000

    def note() -> None:
        statuses, milliseconds = list[int | None](), list[int]()
        for _ in range(number):
            statuses.append(204)
            milliseconds.append(3)
        for values in (statuses, milliseconds):
            b"".join([b"\0\0\0\4" + (value or 0).to_bytes(4, "big") for value in values])

    return min(timeit.repeat(note, number=1, repeat=20)) / number * 1e6


@click.command()
@click.option("--rounds", default=3, show_default=True, help="Rounds; the median counts.")
@click.option("--only", type=click.Choice(list(KINDS)), help="One way of delivery.")
def main(rounds: int, only: str | None) -> None:
    """Measure what receipts cost on this machine."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with open_stage() as stage:
        too_much = []
        for name in [only] if only else KINDS:
            count, most, config = KINDS[name]
            ratios = []
            for number in range(rounds):
                # Each goes first in turn, for the one that comes second finds the caches warm.
                order = (True, False) if number % 2 else (False, True)
                each = {has: measure(stage, count, config, has_receipts=has) for has in order}
                ratios.append(spent(each[True]) / spent(each[False]) - 1)
                print(
                    f"  {name}: {spent(each[False]):.1f} µs without, {spent(each[True]):.1f} with"
                    f" receipts, {each[False]['rate']:,.0f} and {each[True]['rate']:,.0f}/s",
                    file=sys.stderr,
                )
            cost = statistics.median(ratios)
            print(
                f"receipts, {name}: {cost:+.1%} of router's and PostgreSQL's CPU, median of"
                f" {rounds} (may be {most:.0%})",
                flush=True,
            )
            if cost > most:
                too_much.append(name)
    print(f"beside that, {of_router():.2f} µs of the router's own for each")
    if too_much:
        raise SystemExit(f"receipts cost too much {', '.join(too_much)}")


if __name__ == "__main__":
    main()
