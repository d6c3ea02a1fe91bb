"""`make neighbours`: prints what a quiet tenant notices of each attack, and what went too far."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import structlog

from tests.benchmarks.machine import describe_machine
from tests.benchmarks.neighbours.judging import FIGURES, Kept, faults, median_of, table
from tests.benchmarks.neighbours.measuring import Percentiles, Phase, Result, measure
from tests.benchmarks.stage import open_stage
from tests.support.neighbours.attacks import REGISTRY


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="How long each attack lasts.")
@click.option("--alone", default=20.0, show_default=True, help="How long it is quiet before.")
@click.option("--rounds", default=1, show_default=True, help="Rounds; the median counts.")
@click.option("--priority", default=0, help="Of all but the attacker, as of `nice`.")
@click.option("--only", default="", help="Names of attacks, with commas between them.")
@click.option(
    "--json",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where figures are kept: what is there already is not measured again.",
)
def main(
    seconds: float, alone: float, rounds: int, priority: int, only: str, path: Path | None
) -> None:
    """Measure a quiet tenant alone and beside each attack."""
    names = only.split(",") if only else list(REGISTRY)
    if unknown := set(names) - REGISTRY.keys():
        raise click.BadParameter(f"no attack is called {', '.join(sorted(unknown))}")
    os.setpriority(os.PRIO_PROCESS, 0, priority)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(describe_machine())
    print("\nA quiet tenant: p50/p99 in ms, alone -> beside; a router of its own for each\n")
    kept = Kept.of(path, [seconds, alone, rounds])
    with open_stage() as stage:
        for name in names:
            results = kept.results.get(name)
            if results is None:
                results = [
                    measure(stage, REGISTRY[name], seconds=seconds, alone_seconds=alone)
                    for _ in range(rounds)
                ]
                kept.keep(name, results)
            _tell(name, results)
    measured = {name: kept.results[name] for name in names}
    print()
    for line in table(measured):
        print(line)
    failed = [f"{name}: {fault}" for name in names for fault in faults(measured[name])]
    if failed:
        print("\nToo far:")
        for fault in failed:
            print(f"  {fault}")
        sys.exit(1)


def _tell(name: str, results: Sequence[Result]) -> None:
    print(f"{name}: {REGISTRY[name].does}")
    for figure in FIGURES:
        before, beside = median_of(results, figure)
        print(f"  {figure:<8} {_told(before)} -> {_told(beside)}   worst {beside.worst:.0f}")
    health = max(result.beside.health.worst for result in results)
    peaks = [f"{max(p.peak_megabytes for p in each):.0f}" for each in _phases(results)]
    missing = sum(result.beside.missing for result in results)
    print(f"  /health  worst {health:.0f} ms; memory {' -> '.join(peaks)} MB; missing {missing}")
    ran, waited = (
        ", ".join(f"{getattr(result.beside, what):.0%}" for result in results)
        for what in ("core", "waited")
    )
    print(f"  the router used {ran} of a core, and waited for one for {waited} of the time")
    for said in sorted({said for result in results for said in result.beside.failed})[:5]:
        print(f"  said: {said}")


def _phases(results: Sequence[Result]) -> Iterator[list[Phase]]:
    yield [result.alone for result in results]
    yield [result.beside for result in results]
    yield [result.after for result in results]


def _told(figure: Percentiles) -> str:
    return f"{figure.p50:6.1f} /{figure.p99:7.1f}"


if __name__ == "__main__":
    main()
