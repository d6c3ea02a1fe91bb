"""Finds the addresses of names; a name that nobody answers for holds up no other.

The system resolves them in threads that cannot be stopped and may hang for half a minute. So each
name has one lookup at a time, which all that ask for it share, and names that do not answer stand
in a line of their own. It knows nothing of connections.
"""

from __future__ import annotations

import enum
import socket
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

import attrs
import trio

MAX_LOOKUPS: Final = 16
"""How many names of a kind are looked up at once."""
MAX_YIELDED: Final = 64
"""How many lookups that take long do not count as one of these."""
SLOW_SECONDS: Final = 1.0
"""From when on a lookup counts as slow."""
MAX_REMEMBERED: Final = 4096
MAX_NAME_LENGTH: Final = 253
"""A longer one is no name (RFC 1035, section 2.3.4), and costs no lookup."""
MAX_ANSWERS: Final = 64
"""How many addresses of a name are looked at: each of them is judged."""

Resolver: TypeAlias = Callable[[str], Awaitable[Sequence[str]]]
"""Finds the addresses of a name, best first; raises OSError."""


class _Kind(enum.Enum):
    """What may be expected of a name."""

    NEW = "nobody has asked for it lately"
    GOOD = "it was answered in good time"
    BAD = "it was not"


@attrs.define(eq=False)
class _Lookup:
    """One that is under way, and how it has ended."""

    ended: trio.Event = attrs.field(factory=trio.Event)
    addresses: Sequence[str] = ()
    problem: str | None = "the lookup was given up"


class SystemResolver:
    """Resolves names by the system.

    Args:
        nursery: Where lookups run; they outlive those who have asked.
        look_up: Asks the system for the addresses of a name, in a thread; raises OSError.
    """

    def __init__(
        self, nursery: trio.Nursery, look_up: Callable[[str], Sequence[str]] | None = None
    ) -> None:
        self._nursery = nursery
        self._look_up = look_up if look_up is not None else _ask_system
        self._under_way: dict[str, _Lookup] = {}
        self._kinds: OrderedDict[str, _Kind] = OrderedDict()
        self._lines = {kind: trio.CapacityLimiter(MAX_LOOKUPS) for kind in _Kind}
        self._yielded = 0

    async def __call__(self, host: str) -> Sequence[str]:
        """Find the addresses of a name, best first; of very many only the first.

        Raises:
            OSError: It cannot be resolved.
        """
        if len(host) > MAX_NAME_LENGTH:
            raise OSError("the host name is too long")
        lookup = self._under_way.get(host)
        if lookup is None:
            lookup = self._under_way[host] = _Lookup()
            self._nursery.start_soon(self._run, host, lookup)
        await lookup.ended.wait()
        if lookup.problem is not None:
            raise OSError(lookup.problem)
        return lookup.addresses

    async def _run(self, host: str, lookup: _Lookup) -> None:
        kind = self._kinds.get(host, _Kind.NEW)
        learned = _Kind.BAD
        try:
            async with trio.open_nursery() as nursery:
                if kind is not _Kind.BAD:
                    nursery.start_soon(self._yield_when_slow, self._lines[kind])
                found, seconds = await trio.to_thread.run_sync(
                    self._timed, host, abandon_on_cancel=True, limiter=self._lines[kind]
                )
                nursery.cancel_scope.cancel()
            if isinstance(found, str):
                lookup.problem = found
            else:
                lookup.addresses, lookup.problem = found, None
                learned = _Kind.GOOD if seconds < SLOW_SECONDS else _Kind.BAD
        finally:
            self._remember(host, learned)
            del self._under_way[host]
            lookup.ended.set()

    def _timed(self, host: str) -> tuple[Sequence[str] | str, float]:
        """Look up in a thread: give the addresses or what is wrong, and how long that took."""
        started_at = time.monotonic()
        found: Sequence[str] | str
        try:
            found = self._look_up(host)[:MAX_ANSWERS]
        except UnicodeError:
            found = "the host name is malformed"
        except OSError as error:
            found = error.strerror or str(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this name's
            found = f"the lookup failed inside ({type(error).__name__})"
        return found, time.monotonic() - started_at

    async def _yield_when_slow(self, line: trio.CapacityLimiter) -> None:
        """Let another one begin beside a lookup that takes long, until it ends."""
        await trio.sleep(SLOW_SECONDS)
        if self._yielded >= MAX_YIELDED:
            return
        self._yielded += 1
        line.total_tokens += 1
        try:
            await trio.sleep_forever()
        finally:
            self._yielded -= 1
            line.total_tokens -= 1

    def _remember(self, host: str, kind: _Kind) -> None:
        self._kinds[host] = kind
        self._kinds.move_to_end(host)
        if len(self._kinds) > MAX_REMEMBERED:
            self._kinds.popitem(last=False)


def _ask_system(host: str) -> Sequence[str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
