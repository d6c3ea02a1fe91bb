"""Who is not ready, and why; it knows parts by name only."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import structlog
import trio

STARTING: Final = "starting"
STOPPING: Final = "stopping"
_AS_WANTED: Final = frozenset({STARTING, STOPPING})
_log = structlog.get_logger()


class Readiness:
    """Gathers the problems of a few named parts; ready is when none has any.

    Args:
        parts: The names of the parts. Each begins as "starting".
    """

    __slots__ = ("_problems", "_ready", "_since")

    def __init__(self, *parts: str) -> None:
        self._problems: dict[str, str | None] = dict.fromkeys(parts, STARTING)
        self._since: dict[str, float] = dict.fromkeys(parts, time.time())
        self._ready = trio.Event()
        self._note_ready()

    @property
    def problems(self) -> Mapping[str, str]:
        """What is wrong now, by part."""
        found = {part: problem for part, problem in self._problems.items() if problem is not None}
        return MappingProxyType(found)

    @property
    def since(self) -> Mapping[str, float]:
        """Since when each part has a problem, or has none, in Unix seconds."""
        return MappingProxyType(self._since)

    @property
    def is_ready(self) -> bool:
        """Whether no part has a problem."""
        return self._ready.is_set()

    def report(self, part: str, problem: str | None) -> None:
        """Say how a part does; a change is logged. Never waits.

        Args:
            part: One of the names given at the start.
            problem: What is wrong, in a sentence without secrets, or None when all is well.

        Raises:
            ValueError: There is no such part.
        """
        if part not in self._problems:
            raise ValueError(f"there is no part {part!r}, only {', '.join(self._problems)}")
        before = self._problems[part]
        if problem == before:
            return
        self._problems[part] = problem
        if (problem is None) != (before is None):
            self._since[part] = time.time()
        if problem is None:
            _log.info("a part is ready", part=part)
        elif problem not in _AS_WANTED:
            _log.warning("a part is not ready", part=part, problem=problem)
        self._note_ready()

    async def wait_until_ready(self) -> None:
        """Wait until no part has a problem; it may have one again on return."""
        await self._ready.wait()

    def _note_ready(self) -> None:
        if not any(self._problems.values()):
            self._ready.set()
        elif self._ready.is_set():
            self._ready = trio.Event()
