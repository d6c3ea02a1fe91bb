"""A loop over what comes from outside gives way by time, not by a count."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

PRODUCT: Final = Path(__file__).parents[2] / "pulse_router"

BY_COUNT: Final[Mapping[str, str]] = {
    "api/devices/registration.py: _work": "a chunk of lines is one transaction",
    "api/devices/held_answers.py: take_all": "a piece is sent before the next is taken",
}
"""Loops that give way each time, and why."""

LOOPS: Final[Mapping[str, str]] = {
    "api/devices/registration.py: _read_lines": "the lines of a bulk registration",
    "api/insight/traced_routes.py: trace_routes": "the routes of a trace",
    "api/routes/explanations.py: explain_routes": "the routes that are asked of a message",
    "api/routes/listed_stats.py: read": "routes with how they do",
    "api/routes/pages.py: _write": "the routes of a page",
    "api/routes/preview_results.py: take": "examples of a preview",
    "api/routes/preview_work.py: _look_on": "the messages that a preview looks at",
    "delivery/lanes.py: look_again": "the lanes, when any route may have changed",
    "delivery/route_book.py: _load": "the routes that lanes wait for",
    "delivery/route_book.py: refresh": "the routes that are known",
    "delivery/search.py: _keep_marks": "where the looks of each route begin",
    "delivery/search.py: _wake_each": "the routes that have work",
    "delivery/settler.py: _advance_each": "the lanes whose attempts are settled",
    "delivery/settler.py: _write": "the attempts that are settled",
    "ingest/judging.py: judge_with_care": "the filters that a message is shown",
    "ingest/route_table.py: _index": "the routes in effect",
    "stores/routes/matchable.py: load_changes": "the routes that have changed",
    "stores/routes/routes.py: load_routes": "the routes that lanes work for",
    "streaming/resume.py: _encoded": "what a live client has missed",
    "webhook/making.py: batch": "the deliveries of a batch",
    "webhook/outbox.py: run": "the requests that are about to be sent",
}
"""Loops over what is outsiders', by the functions that have them; each has a `Stride`."""


@functools.cache
def functions() -> Sequence[tuple[str, ast.AsyncFunctionDef]]:
    return list(read_functions())


def read_functions() -> Iterator[tuple[str, ast.AsyncFunctionDef]]:
    for path in PRODUCT.rglob("*.py"):
        if path.relative_to(PRODUCT).parts[0] == "cli":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AsyncFunctionDef):
                yield f"{path.relative_to(PRODUCT)}: {node.name}", node


def gives_way_by_count(function: ast.AST) -> bool:
    return any(
        isinstance(inside, ast.Attribute) and inside.attr == "checkpoint"
        for loop in ast.walk(function)
        if isinstance(loop, ast.For | ast.AsyncFor | ast.While)
        for inside in ast.walk(loop)
    )


def test_no_loop_gives_way_by_a_count() -> None:
    found = {name for name, function in functions() if gives_way_by_count(function)}
    assert found == BY_COUNT.keys()


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_over_what_is_outsiders_gives_way_by_time(name: str) -> None:
    named = [function for each, function in functions() if each == name]
    assert named, "there is no such function"
    assert any(
        isinstance(inside, ast.Attribute)
        and inside.attr in {"step", "is_over"}
        and ast.unparse(inside.value).endswith("stride")
        for function in named
        for loop in ast.walk(function)
        if isinstance(loop, ast.For | ast.While)
        for inside in ast.walk(loop)
    )
