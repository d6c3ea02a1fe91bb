"""Options that several commands share, and what becomes of them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from pulse_router.settings import Settings, find_config, load_settings

F = TypeVar("F", bound=Callable[..., Any])

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PART: Final = r"(\d+(?:\.\d+)?)([smhdw])"


def config_option(command: F) -> F:
    """Give a command `--config`."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        help=(
            "The settings file; by default $PULSE_CONFIG, ./pulse-router.toml or "
            "/etc/pulse-router/pulse-router.toml."
        ),
    )(command)


def json_option(command: F) -> F:
    """Give a command `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")(command)


def load(config: Path | None) -> Settings:
    """Load the settings that apply here.

    Raises:
        SettingsError: They are wrong, or the named file does not exist.
    """
    return load_settings(find_config(config, os.environ), os.environ)


def read_duration(_context: click.Context, _option: click.Parameter, value: str) -> float:
    """Read a length of time like `30m`, `12h`, `7d` or `1h30m` (an option's callback).

    Returns:
        Its seconds.

    Raises:
        click.BadParameter: It is no length of time, or none at all.
    """
    seconds = 0.0
    if re.fullmatch(rf"(?:{_PART})+", value):
        seconds = sum(float(count) * _UNITS[unit] for count, unit in re.findall(_PART, value))
    if seconds <= 0:
        raise click.BadParameter(f"{value!r} is no duration; write 30m, 12h, 7d or 1h30m")
    return seconds
