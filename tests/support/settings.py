"""Loads settings that are wrong on purpose."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulse_router.settings import SettingsError, load_settings

SECRET = "0123456789abcdef0123456789abcdef"


def problems(path: Path | None = None, /, **environ: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        load_settings(path, environ)
    return raised.value.problems


def the_problem(path: Path | None = None, /, **environ: str) -> str:
    found = problems(path, **environ)
    assert len(found) == 1, found
    return found[0]
