"""The house in order: small files and functions, no circles, and tables that name what is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ROOT / "pulse_router"
TESTS = ROOT / "tests"
MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 60
MOST_FILES = 30


def python_files() -> list[Path]:
    return sorted([*PRODUCT.rglob("*.py"), *TESTS.rglob("*.py")])


def said(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_longer_than_can_be_kept_in_mind() -> None:
    lines = {said(path): len(path.read_text().splitlines()) for path in python_files()}
    assert {path: count for path, count in lines.items() if count > MOST_LINES} == {}


def test_every_function_fits_on_a_screen() -> None:
    assert {
        f"{said(path)}:{node.name}": lines
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or 0) - node.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    } == {}


def test_no_folder_is_a_heap() -> None:
    files = python_files()
    folders = {path.parent for path in files}
    counts = {said(folder): sum(path.parent == folder for path in files) for folder in folders}
    assert {folder: count for folder, count in counts.items() if count > MOST_FILES} == {}


def test_every_room_says_what_it_is_for() -> None:
    rooms = {path.parent for path in PRODUCT.rglob("*.py")}
    rooms |= {path.parent for path in TESTS.rglob("__init__.py")} - {TESTS}
    openings = {room: room / "__init__.py" for room in rooms}
    assert {
        said(room)
        for room, opening in openings.items()
        if not opening.exists() or not ast.get_docstring(ast.parse(opening.read_text()))
    } == set()


def test_no_module_imports_itself_over_others() -> None:
    assert circles(imports()) == []


def test_no_test_takes_anything_from_another() -> None:
    """What several need is in tests/support: a test may be moved or removed by itself."""
    taken = re.compile(r"^ *(?:from|import) tests(?:\.\w+)*\.(?:test_\w+|conftest)\b", re.MULTILINE)
    assert [said(path) for path in TESTS.rglob("*.py") if taken.search(path.read_text())] == []


def test_one_place_says_whom_tls_trusts() -> None:
    """Later versions of Python set flags by default that refuse a plant's own authority."""
    makers = [
        said(path) for path in PRODUCT.rglob("*.py") if "default_context(" in path.read_text()
    ]
    assert makers == ["pulse_router/runtime/tls.py"]


def test_the_architecture_names_every_room() -> None:
    assert sorted(named(ROOT / "docs" / "architecture.md")) == sorted([*ground_floor(), *rooms()])


def test_the_guide_for_contributors_names_what_lies_at_the_top() -> None:
    assert sorted(named(ROOT / "CONTRIBUTING.md")) == ground_floor()


def ground_floor() -> list[str]:
    """The folders and modules at the top of the package."""
    modules = {path.name for path in PRODUCT.glob("*.py")} - {"__init__.py", "__main__.py"}
    folders = {f"{path.parent.name}/" for path in PRODUCT.glob("*/__init__.py")}
    return sorted(modules | folders)


def rooms() -> list[str]:
    """The folders of Python below those at the top."""
    folders = {path.parent.relative_to(PRODUCT) for path in PRODUCT.glob("*/*/**/*.py")}
    return sorted(f"{folder}/" for folder in folders)


def named(document: Path) -> list[str]:
    """The names in the first column of a document's table of folders."""
    _, table = document.read_text().split("\n| folder | what it is |\n| --- | --- |\n", 1)
    rows = table.split("\n\n", 1)[0].splitlines()
    names = [name for row in rows for name in re.findall(r"`([^`]+)`", row.split("|")[1])]
    return [name for name in names if name != "sql/"]  # beside the package, not in it


def imports() -> dict[str, set[str]]:
    """What each module of the product imports when it is loaded or its types are looked at."""
    modules = {module_of(path): path for path in PRODUCT.rglob("*.py")}
    return {
        module: {
            found
            for name in imported(ast.parse(path.read_text()))
            if (found := nearest(name, modules)) and found != module
        }
        for module, path in modules.items()
    }


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST) -> Iterator[str]:
    """The names that are imported outside of functions, also for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from imported(node)


def nearest(name: str, modules: Mapping[str, object]) -> str | None:
    """The module that a dotted name is, or is in."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or None


def circles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """The groups of modules that reach each other, by taking away what is in no circle."""
    left = dict(graph)
    while True:
        ends = {module for module, others in left.items() if not others & left.keys()}
        wanted = set[str]().union(*left.values()) if left else set()
        ends |= {module for module in left if module not in wanted}
        if not ends:
            break
        left = {module: others for module, others in left.items() if module not in ends}
    return [[module, *sorted(others & left.keys())] for module, others in sorted(left.items())]


def test_a_circle_is_seen() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"a"}}
    assert circles(graph) == [["b", "c"], ["c", "b"]]


def test_an_import_for_types_counts_and_one_in_a_function_does_not() -> None:
    source = "if TYPE_CHECKING:\n  from a import b\nimport c.d\ndef f():\n  import e\n"
    assert list(imported(ast.parse(source))) == ["a.b", "c.d"]
