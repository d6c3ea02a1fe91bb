"""Every task that the router starts stands in the table of what an error costs there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ROOT / "pulse_router"
NOT_OF_THE_ROUTER = ("cli/demo", "cli/live", "cli/tail", "embedded/")
TITLE = "| task | an error that nobody foresaw costs | started as |\n| --- | --- | --- |\n"


def started(tree: ast.AST) -> Iterator[str]:
    """What is started in nurseries: by `start_soon`, or by a `start` that is waited for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Await):
            call, words = node.value, {"start"}
        elif isinstance(node, ast.Call):
            call, words = node, {"start_soon"}
        else:
            continue
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr in words
            and call.args
        ):
            yield name_of(call.args[0])


def name_of(task: ast.expr) -> str:
    """A task's name as it is written there, without `partial` and `self`."""
    if isinstance(task, ast.Call) and ast.unparse(task.func) == "partial":
        task = task.args[0]
    return ast.unparse(task).removeprefix("self.")


def tasks_of_the_router() -> set[str]:
    modules = {path.relative_to(PRODUCT): path for path in PRODUCT.rglob("*.py")}
    return {
        f"{module.stem}: {name}"
        for module, path in modules.items()
        if not str(module).startswith(NOT_OF_THE_ROUTER)
        for name in started(ast.parse(path.read_text()))
    }


def test_the_architecture_says_of_every_task_what_an_error_costs_there() -> None:
    _, table = (ROOT / "docs" / "architecture.md").read_text().split(TITLE, 1)
    rows = table.split("\n\n", 1)[0].splitlines()
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[3])]
    assert sorted(names) == sorted(tasks_of_the_router())


def test_a_task_is_seen_however_it_is_started() -> None:
    source = """
async def f(nursery):
    nursery.start_soon(a.run, 1)
    nursery.start_soon(partial(self._b, 2))
    await nursery.start(c)
    await nursery.start()
    text = match.start(1)
"""
    assert sorted(started(ast.parse(source))) == ["_b", "a.run", "c"]
