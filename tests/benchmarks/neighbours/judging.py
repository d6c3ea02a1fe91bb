"""What is made of what was measured: medians, a table, a file of figures, and what went too far."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs
import cattrs

from tests.benchmarks.neighbours.measuring import Percentiles, Result

MOST_TIMES = 2.0
MOST_MILLISECONDS = 50.0
MOST_HEALTH_MILLISECONDS = 100.0
MOST_MEGABYTES = 200.0
FIGURES = ("row", "webhook", "live", "request")


@attrs.define
class Kept:
    """Figures by attack, in a file if there is one: a run that was cut goes on where it ended.

    Args:
        path: The file.
        terms: How they were measured; others are not taken for the same.
    """

    path: Path | None
    terms: list[float]
    results: dict[str, list[Result]] = attrs.field(factory=dict)

    @classmethod
    def of(cls, path: Path | None, terms: list[float]) -> Kept:
        """Read what was kept under the same terms."""
        kept = cls(path, terms)
        if path is not None and path.exists():
            stored = json.loads(path.read_text())
            if stored["terms"] == terms:
                kept.results = cattrs.structure(stored["results"], dict[str, list[Result]])
        return kept

    def keep(self, name: str, results: list[Result]) -> None:
        """Add the figures of an attack, and write all of them."""
        self.results[name] = results
        if self.path is not None:
            stored = {"terms": self.terms, "results": cattrs.unstructure(self.results)}
            self.path.write_text(json.dumps(stored))


def median_of(results: Sequence[Result], figure: str) -> tuple[Percentiles, Percentiles]:
    """Give a figure alone and beside the attack."""
    alone = _median([result.alone.figures[figure] for result in results])
    return alone, _median([result.beside.figures[figure] for result in results])


def table(measured: Mapping[str, Sequence[Result]]) -> Iterator[str]:
    """Give the lines of a table: the p99 of each figure in ms, alone -> beside."""
    heads = "".join(f"{figure:>18}" for figure in FIGURES)
    yield f"{'p99 in ms, medians':<20}{heads}   /health   MB  missing"
    for name, results in measured.items():
        p99 = "".join(
            f"{alone.p99:>9.1f} ->{beside.p99:6.1f}"
            for alone, beside in (median_of(results, figure) for figure in FIGURES)
        )
        health = max(result.beside.health.worst for result in results)
        peak = max(result.beside.peak_megabytes for result in results)
        missing = sum(result.beside.missing for result in results)
        yield f"{name:<20}{p99}{health:10.0f}{peak:5.0f}{missing:9}"


def _median(figures: Sequence[Percentiles]) -> Percentiles:
    return Percentiles(
        statistics.median(each.p50 for each in figures),
        statistics.median(each.p99 for each in figures),
        max(each.worst for each in figures),
        min(each.samples for each in figures),
    )


def faults(results: Sequence[Result]) -> Iterator[str]:
    """Say what went too far."""
    for figure in FIGURES:
        alone, beside = median_of(results, figure)
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
