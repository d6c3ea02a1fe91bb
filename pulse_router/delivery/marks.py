"""Where a lane's looks at the table begin: as far on as all that lies before is in hand or ended.

A look gives a mark, and the next one begins there. What a look has found, or was told to leave out,
is in the lane's hands; when the lane drops some of it unsettled, its next look begins where the
oldest look did of which anything was still in hand. The mark holds for what one lease has seen; and
as the numbers that it is made of are the database's, which may be restored, fail over or have its
clock set, a look begins from the start now and then, which costs no more than a thousandth of the
time. It decides only, and knows neither SQL nor clocks of its own.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final

import attrs

from pulse_router.domain.queue_marks import (
    FROM_THE_START,
    FROM_THE_VERY_START,
    HIGHEST_ID,
    QueueMark,
)

WHOLE_LOOK_SECONDS: Final = 600.0
"""How often, at the most, a look begins from the start without a reason."""
WHOLE_LOOK_SHARE: Final = 0.001
"""What part of the time such looks may take."""
CLOCK_SLACK_SECONDS: Final = 2.0
"""By how much the database's clock may fall behind ours between two looks: by more, it was set."""
TAKEN_AT_MOST: Final = 1_000
"""How many deliveries a lane takes as they come, before it looks: they lie dead behind the mark."""
KEPT_EVERY: Final = 1_000
"""After how many deliveries that have ended it is worth writing down where they did."""


@attrs.define(eq=False)
class _Look:
    """A look at the table, and how many of what it saw are still in hand."""

    since: QueueMark
    left: int


@attrs.define
class Marks:
    """What a route's lanes remember of their looks, one lane after the other."""

    _epoch: int | None = None
    _next: QueueMark = FROM_THE_START
    _looks: deque[_Look] = attrs.field(factory=deque)
    _look_of: dict[int, _Look] = attrs.field(factory=dict)
    _falls: int = 0
    _falls_before: int = 0
    _began_at: float = 0.0
    _whole_at: float = math.inf
    _server_now: float = -math.inf
    _server_asked_at: float = 0.0
    _taken: int = 0
    _ended: int = 0

    def begin(self, *, epoch: int | None, now: float) -> QueueMark:
        """Tell where a look begins.

        Args:
            epoch: The lease under which it is made.
            now: The time, by our own clock.
        """
        if epoch is None or epoch != self._epoch:
            self.forget()
        elif now >= self._whole_at:
            self.forget()
            self._next = FROM_THE_VERY_START
        self._epoch = epoch
        self._began_at = now
        self._falls_before = self._falls
        return self._next

    def looked(
        self, since: QueueMark, mark: QueueMark | None, held: Iterable[int], *, now: float
    ) -> bool:
        """Note what a look has given.

        Args:
            since: Where it began.
            mark: Where the next may begin; None when it must begin there too.
            held: The ids of all that is in hand now, with what it has found.
            now: The time, by our own clock.

        Returns:
            Whether something may have been passed over, so that another look is needed.
        """
        self._taken = 0
        if since in (FROM_THE_START, FROM_THE_VERY_START):
            self._whole_at = now + max(
                WHOLE_LOOK_SECONDS, (now - self._began_at) / WHOLE_LOOK_SHARE
            )
        # What was dropped meanwhile, this look was told to leave out.
        if mark is None or self._falls != self._falls_before:
            return False
        if self._was_set_back(mark.now, now):
            self.forget()
            return True
        look = _Look(since, 0)
        for number in held:
            if number not in self._look_of:
                self._look_of[number] = look
                look.left += 1
        self._looks.append(look)
        self._next = mark
        self._drop_ended()
        return False

    def note_taken(self, count: int) -> bool:
        """Note that so many were taken as they came; tell whether it is time for a look."""
        self._taken += count
        return self._taken >= TAKEN_AT_MOST

    def note_failed(self, failed: Iterable[int]) -> None:
        """Note that these have failed, and are to be found again."""
        lowest = min(failed, default=HIGHEST_ID)
        if lowest < self._next.attempted_from:
            self._next = attrs.evolve(self._next, attempted_from=lowest)

    def let_go(self, ids: Iterable[int]) -> None:
        """Note that the ends of attempts are written."""
        for number in ids:
            self._ended += 1
            if (look := self._look_of.pop(number, None)) is not None:
                look.left -= 1
        self._drop_ended()

    def take_ended(self, *, every: int = KEPT_EVERY) -> QueueMark | None:
        """Give up to where all that was never attempted has ended, to be written down.

        Args:
            every: After how many deliveries that have ended it is worth that.
        """
        ended = self._looks[0].since if self._looks else self._next
        if self._ended < every or not ended.server:
            return None
        self._ended = 0
        return ended

    def fall_back(self, in_hand: AbstractSet[int]) -> None:
        """Note that what is not in hand was dropped, and must be found again."""
        self._falls += 1
        if not self._looks:
            return
        since = attrs.evolve(self._looks[0].since, attempted_from=self._next.attempted_from)
        look = _Look(since, 0)
        kept = [number for number in self._look_of if number in in_hand]
        look.left = len(kept)
        self._look_of = dict.fromkeys(kept, look)
        self._looks = deque([look] if kept else ())
        self._next = since

    def forget(self) -> None:
        """Begin from the start."""
        self._falls += 1
        self._next = FROM_THE_START
        self._looks.clear()
        self._look_of.clear()

    def _was_set_back(self, server_now: float, now: float) -> bool:
        """Tell whether the database's clock was set back: retries may lie before the mark then."""
        expected = self._server_now + self._began_at - self._server_asked_at
        self._server_now, self._server_asked_at = server_now, now
        return server_now < expected - CLOCK_SLACK_SECONDS

    def _drop_ended(self) -> None:
        while self._looks and not self._looks[0].left:
            self._looks.popleft()
        if len(self._looks) > 2 * len(self._look_of) + 16:
            self._looks = deque(look for look in self._looks if look.left)
