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
        notes: What was said of them as they were read.

    Attributes:
        warnings: What was said of them when they were read the last time.
    """

    def __init__(
        self, settings: Settings, load: Callable[[], Settings], notes: Sequence[str] = ()
    ) -> None:
        self._running = settings
        self.warnings = notes
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
                them names may have. It does not wait. Whatever it raises, the old ones go on.
            keys: Which of them it acts on, by dotted name.
        """
        self._followers.append(_Follower(frozenset(keys), act))

    async def reload(self) -> None:
        """Read the settings again, and act on them; what is wrong with them is logged."""
        try:
            # In a thread that nobody waits for: what is named as a file may answer never.
            new, notes = await trio.to_thread.run_sync(self._read, abandon_on_cancel=True)
        except SettingsError as error:
            _log.error(
                "the settings were not read again, for they are wrong; those from before hold",
                problems=error.problems,
            )
            return
        except Exception:  # noqa: BLE001 - whatever stands in a file, it is of no use now
            _log.exception("the settings were not read again; those from before hold")
            return
        self.warnings = notes
        changed = changed_keys(self._running, new)
        taken = self._hand_over(new) & set(changed)
        self._running = take_over(self._running, new, taken)
        _log.info(
            "the settings were read again",
            changed=[key for key in changed if key in taken],
        )
        if needs_restart := [key for key in changed if key not in taken]:
            _log.warning("changed settings need a restart", settings=needs_restart)
        for note in notes:
            _log.warning(note)

    def _read(self) -> tuple[Settings, Sequence[str]]:
        """Read the settings, and what is to be said of them."""
        try:
            new = self._load()
        except OSError as error:
            raise SettingsError([f"they cannot be read: {error.strerror}"]) from None
        if problems := serve_problems(new):
            raise SettingsError(problems)
        return new, warnings(new)

    def _hand_over(self, new: Settings) -> set[str]:
        taken: set[str] = set()
        for follower in self._followers:
            try:
                follower.act(new)
            except Exception as error:  # noqa: BLE001 - as above
                _log.error(
                    "settings could not be taken over; those from before hold",
                    settings=sorted(follower.keys),
                    problem=type(error).__name__,
                )
            else:
                taken |= set(follower.keys)
        return taken
