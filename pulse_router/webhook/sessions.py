"""Sessions of TLS by origin, so that the next connection costs a part of a handshake.

It knows neither connections nor webhooks.
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

import attrs
import trio

from pulse_router.webhook.tls import TlsSession

LOSES_MEMORY: Final = sys.version_info < (3, 12, 8) or (3, 13) <= sys.version_info < (3, 13, 1)
"""Whether Python loses 5 KB for good at each look at a session (python/cpython#116810)."""
MAX_SESSIONS: Final = 256
LOOKS: Final = 64
"""So many looks may be taken at once where each loses memory: 350 KB."""
LOOK_SECONDS: Final = 3600.0
"""After so long there may be another one: 45 MB in a year, at worst."""
USELESS_SECONDS: Final = 24 * 3600.0
"""For so long an origin is passed over whose last session was never resumed."""


@attrs.define
class _Known:
    session: TlsSession
    taken_at: float
    is_useful: bool = False


class TlsSessions:
    """The sessions that new connections may resume.

    Args:
        are_costly: Whether to look at few of them only, for each look loses memory.
    """

    def __init__(self, *, are_costly: bool = LOSES_MEMORY) -> None:
        self._are_costly = are_costly
        self._known: OrderedDict[Hashable, _Known] = OrderedDict()
        self._looks = float(LOOKS)
        self._counted_at: float | None = None

    def get(self, origin: Hashable) -> TlsSession | None:
        """Give the session that the next connection to an origin may resume."""
        known = self._known.get(origin)
        return None if known is None else known.session

    def note(
        self, origin: Hashable, look: Callable[[], TlsSession | None], *, is_resumed: bool
    ) -> None:
        """Learn from a new connection, once an answer has begun to come over it.

        Args:
            origin: Where it leads to.
            look: Takes its session; called when that is wanted only.
            is_resumed: Whether it has resumed an earlier one, which is then good enough.
        """
        known = self._known.get(origin)
        if known is not None and is_resumed:
            known.is_useful = True
            self._known.move_to_end(origin)
        elif self._may_look(known) and (session := look()) is not None:
            self._known[origin] = _Known(session, trio.current_time())
            self._known.move_to_end(origin)
            if len(self._known) > MAX_SESSIONS:
                self._known.popitem(last=False)

    def _may_look(self, known: _Known | None) -> bool:
        if not self._are_costly:
            return True
        now = trio.current_time()
        if known is not None and not known.is_useful and now < known.taken_at + USELESS_SECONDS:
            return False
        if self._counted_at is not None:
            gained = (now - self._counted_at) / LOOK_SECONDS
            self._looks = min(float(LOOKS), self._looks + gained)
        self._counted_at = now
        if self._looks < 1:
            return False
        self._looks -= 1
        return True
