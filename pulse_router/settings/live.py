"""Settings that are read again while the router runs: who is told, and what needs a restart.

It knows no part of the router: each says which settings it can change in its stride.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import attrs
import structlog
import trio

from pulse_router.settings.changes import changed_keys, take_over
from pulse_router.settings.errors import SettingsError
from pulse_router.settings.load import serve_problems, warnings
from pulse_router.settings.schema import Settings

_log = structlog.get_logger()


@attrs.frozen
class _Follower:
    keys: Collection[str]
    act: Callable[[Settings], None]


class LiveSettings:
    """The settings that the router runs with, some of which change while it runs.

    Args:
        settings: Those that it began with.
        load: Reads them again; raises `SettingsError`.
    """

    def __init__(self, settings: Settings, load: Callable[[], Settings]) -> None:
        self._running = settings
        self._load = load
        self._followers: list[_Follower] = []

    @property
    def running(self) -> Settings:
        """Those that hold now."""
        return self._running

    def follow(self, act: Callable[[Settings], None], *keys: str) -> None:
        """Have settings handed over when they are read again.

        Args:
            act: Takes all of the new ones, whether they have changed or not, for a file that one of
                them names may have. It does not wait. When it raises `OSError` or `ValueError` the
                old ones go on.
            keys: Which of them it acts on, by dotted name.
        """
        self._followers.append(_Follower(frozenset(keys), act))

    async def reload(self) -> None:
        """Read the settings again, and act on them; what is wrong with them is logged."""
        try:
            new = await trio.to_thread.run_sync(self._load)
        except SettingsError as error:
            self._refuse(error.problems)
            return
        if problems := serve_problems(new):
            self._refuse(problems)
            return
        changed = changed_keys(self._running, new)
        taken = self._hand_over(new) & set(changed)
        self._running = take_over(self._running, new, taken)
        _log.info(
            "the settings were read again",
            changed=[key for key in changed if key in taken],
        )
        if needs_restart := [key for key in changed if key not in taken]:
            _log.warning("changed settings need a restart", settings=needs_restart)
        for warning in warnings(new):
            _log.warning(warning)

    def _hand_over(self, new: Settings) -> set[str]:
        taken: set[str] = set()
        for follower in self._followers:
            try:
                follower.act(new)
            except (OSError, ValueError) as error:
                _log.error(
                    "settings could not be taken over; those from before hold",
                    settings=sorted(follower.keys),
                    problem=type(error).__name__,
                )
            else:
                taken |= set(follower.keys)
        return taken

    @staticmethod
    def _refuse(problems: Sequence[str]) -> None:
        _log.error(
            "the settings were not read again, for they are wrong; those from before hold",
            problems=list(problems),
        )
