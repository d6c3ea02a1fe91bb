"""`make neighbours`: prints what a quiet tenant notices of each attack, and what went too far."""

from __future__ import annotations

import logging
import os
import statistics
import sys
from collections.abc import Iterator, Sequence

import click
import structlog

from tests.benchmarks.machine import describe_machine
from tests.benchmarks.neighbours.measuring import Percentiles, Phase, Result, measure
from tests.benchmarks.stage import Stage, open_stage
from tests.support.neighbours.attacks import REGISTRY

MOST_TIMES = 2.0
MOST_MILLISECONDS = 50.0
MOST_HEALTH_MILLISECONDS = 100.0
MOST_MEGABYTES = 200.0
FIGURES = ("row", "webhook", "live", "request")


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="How long each attack lasts.")
@click.option("--alone", default=20.0, show_default=True, help="How long it is quiet before.")
@click.option("--rounds", default=1, show_default=True, help="Rounds; the median counts.")
@click.option("--priority", default=0, help="Of all but the attacker, as of `nice`.")
@click.option("--only", multiple=True, type=click.Choice(list(REGISTRY)), help="One; repeatable.")
def main(seconds: float, alone: float, rounds: int, priority: int, only: tuple[str, ...]) -> None:
    """Measure a quiet tenant alone and beside each attack."""
    os.setpriority(os.PRIO_PROCESS, 0, priority)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    print(describe_machine())
    print("\nA quiet tenant: p50/p99 in ms, alone -> beside; a router of its own for each\n")
    failed = []
    with open_stage() as stage:
        for name in only or REGISTRY:
            faults = _attack(stage, name, seconds=seconds, alone=alone, rounds=rounds)
            failed += [f"{name}: {fault}" for fault in faults]
    if failed:
        print("\nToo far:")
        for fault in failed:
            print(f"  {fault}")
        sys.exit(1)


def _attack(stage: Stage, name: str, *, seconds: float, alone: float, rounds: int) -> Sequence[str]:
    attack = REGISTRY[name]
    results = [measure(stage, attack, seconds=seconds, alone_seconds=alone) for _ in range(rounds)]
    print(f"{name}: {attack.does}")
    for figure in FIGURES:
        before, beside = (
            _median([getattr(result, when).figures[figure] for result in results])
            for when in ("alone", "beside")
        )
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
    return list(_faults(results))


def _phases(results: Sequence[Result]) -> Iterator[list[Phase]]:
    yield [result.alone for result in results]
    yield [result.beside for result in results]
    yield [result.after for result in results]


def _median(figures: Sequence[Percentiles]) -> Percentiles:
    return Percentiles(
        statistics.median(each.p50 for each in figures),
        statistics.median(each.p99 for each in figures),
        max(each.worst for each in figures),
        min(each.samples for each in figures),
    )


def _told(figure: Percentiles) -> str:
    return f"{figure.p50:6.1f} /{figure.p99:7.1f}"


def _faults(results: Sequence[Result]) -> Iterator[str]:
    for figure in FIGURES:
        alone = _median([result.alone.figures[figure] for result in results])
        beside = _median([result.beside.figures[figure] for result in results])
        if beside.p99 > MOST_TIMES * alone.p99:
            yield f"{figure} p99 {beside.p99 / alone.p99:.1f} times"
        if beside.p99 > MOST_MILLISECONDS:
            yield f"{figure} p99 {beside.p99:.0f} ms"
    for result in results:
        if result.beside.health.worst > MOST_HEALTH_MILLISECONDS:
            yield f"/health took {result.beside.health.worst:.0f} ms"
        if result.beside.peak_megabytes > MOST_MEGABYTES:
            yield f"the router held {result.beside.peak_megabytes:.0f} MB"
        if result.beside.missing:
            yield f"{result.beside.missing} messages did not come everywhere"
        if result.beside.failed:
            yield f"{len(result.beside.failed)} requests failed"


if __name__ == "__main__":
    main()
