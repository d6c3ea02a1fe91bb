"""Hints to live clients of what was changed, so that they know what to read again.

At most once a second for a tenant, and written once for all who look. It knows nothing of
connections, nor of how changes are heard of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Final, TypeAlias

import attrs
import msgspec
import trio

TICK_SECONDS: Final = 1.0
MAX_IDS: Final = 100
"""How many of a kind are named; of more, it is said that any may have changed."""

KINDS: Final = ("routes", "devices", "groups", "alerts")

Ids: TypeAlias = frozenset[int] | frozenset[str] | None
"""What was changed of a kind; None: any of it."""


@attrs.frozen(slots=False)
class Hints:
    """What was changed of a tenant's things, by kind."""

    kinds: Mapping[str, Ids]

    def after(self, earlier: Hints) -> Hints:
        """Add what was told before, for who has not taken it."""
        kinds = dict(earlier.kinds)
        for kind, ids in self.kinds.items():
            kinds[kind] = _joined(kinds[kind], ids) if kind in kinds else ids
        return Hints(kinds)

    @cached_property
    def text(self) -> str:
        """The message as it is sent."""
        changes = [
            {"kind": kind, "ids": None if ids is None else sorted(ids)}
            for kind, ids in sorted(self.kinds.items())
        ]
        return msgspec.json.encode({"type": "changes", "changes": changes}).decode()


Show: TypeAlias = Callable[[Hints], None]
"""Told what was changed; never waits."""

_ANYTHING: Final = Hints(dict.fromkeys(KINDS))


class ChangeFeed:
    """Who wants to hear of changes of which tenant's things."""

    def __init__(self) -> None:
        self._shows: dict[str, set[Show]] = {}
        self._noted: dict[str, Hints] = {}
        self._something = trio.Event()

    def watch(self, tenant_id: str, show: Show) -> None:
        """Tell of the tenant's changes from now on."""
        self._shows.setdefault(tenant_id, set()).add(show)

    def leave(self, tenant_id: str, show: Show) -> None:
        """Tell of them no more."""
        shows = self._shows.get(tenant_id, set())
        shows.discard(show)
        if not shows:
            self._shows.pop(tenant_id, None)
            self._noted.pop(tenant_id, None)

    def note(self, tenant_id: str, kind: str, named: int | str | None) -> None:
        """Note that something was changed; None where it is not named."""
        if tenant_id in self._shows:
            ids: Ids = None if named is None else frozenset((named,))  # type: ignore[assignment]
            self._note(tenant_id, Hints({kind: ids}))

    def note_all(self) -> None:
        """Note that anything of anybody's may have changed."""
        for tenant_id in self._shows:
            self._note(tenant_id, _ANYTHING)

    async def run(self) -> None:
        """Tell of what is noted, for ever; while nothing is, it waits."""
        while True:
            await self._something.wait()
            self._something = trio.Event()
            noted, self._noted = self._noted, {}
            for tenant_id, hints in noted.items():
                for show in tuple(self._shows.get(tenant_id, ())):
                    show(hints)
            await trio.sleep(TICK_SECONDS)

    def _note(self, tenant_id: str, hints: Hints) -> None:
        earlier = self._noted.get(tenant_id)
        self._noted[tenant_id] = hints if earlier is None else hints.after(earlier)
        self._something.set()


def _joined(one: Ids, other: Ids) -> Ids:
    if one is None or other is None or len(one) + len(other) > MAX_IDS:
        return None
    return one | other  # type: ignore[operator]  # ids of one kind are of one type
