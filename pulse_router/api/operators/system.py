"""`/operator/system`: what this router runs on. It answers also while the database is away."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

import attrs
from quart import Response

from pulse_router import __version__
from pulse_router.api.access.paths import Paths
from pulse_router.api.operators import operations
from pulse_router.api.operators.ports import SystemStore
from pulse_router.api.operators.system_bodies import (
    CheckAnswer,
    SystemAnswer,
    database_answer,
    setting_answers,
)
from pulse_router.api.requests.responses import json_response
from pulse_router.domain.errors import TROUBLE
from pulse_router.domain.insight.system import DatabaseState, ShownSetting
from pulse_router.runtime.readiness import Readiness

DURABLE: Final = "durability"
MIGRATIONS: Final = "migrations"


@attrs.frozen
class RunningSettings:
    """What the operator has set.

    Attributes:
        shown: Gives the settings that hold now, without secrets.
        warnings: Gives what was said of them when they were read.
    """

    shown: Callable[[], Sequence[ShownSetting]] = lambda: ()
    warnings: Callable[[], Sequence[str]] = lambda: ()


class OperatorSystem:
    """Shows operators what the router runs on.

    Args:
        store: What the database has to say.
        settings: What was set.
        readiness: What each part has to say.
    """

    def __init__(self, store: SystemStore, settings: RunningSettings, readiness: Readiness) -> None:
        self._store = store
        self._settings = settings
        self._readiness = readiness

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.operator(
            "GET", "/operator/system", self.show, writes=False, operation=operations.SYSTEM
        )

    async def show(self) -> Response:
        """Give all of it; without the database's part while that cannot be asked."""
        state: DatabaseState | None = None
        trouble: str | None = None
        try:
            state = await self._store.load()
        except TROUBLE as error:
            trouble = str(error)
        return json_response(
            SystemAnswer(
                version=__version__,
                python_version=platform.python_version(),
                settings=setting_answers(self._settings.shown()),
                warnings=list(self._settings.warnings()),
                checks=[*self._parts(trouble), *_of_database(state)],
                database=None if state is None else database_answer(state),
            )
        )

    def _parts(self, trouble: str | None) -> Iterator[CheckAnswer]:
        """Say how each part does; of the database also what has just been seen."""
        problems = self._readiness.problems
        for part, since in self._readiness.since.items():
            problem = problems.get(part)
            if part == "database" and problem is None and trouble is not None:
                yield CheckAnswer(part, is_ok=False, problem=trouble, since=None)
            else:
                moment = datetime.fromtimestamp(since, UTC)
                yield CheckAnswer(part, is_ok=problem is None, problem=problem, since=moment)


def _of_database(state: DatabaseState | None) -> Iterator[CheckAnswer]:
    """Hold what the database says of itself against what it should."""
    if state is None:
        return
    due = f"not applied yet: {', '.join(state.pending)}" if state.pending else None
    yield CheckAnswer(MIGRATIONS, is_ok=due is None, problem=due, since=None)
    off = (
        f"{' and '.join(state.off)} {'is' if len(state.off) == 1 else 'are'} off on the server:"
        " when that loses its power, what was acknowledged may be lost, and the database with it"
        if state.off
        else None
    )
    yield CheckAnswer(DURABLE, is_ok=off is None, problem=off, since=None)
