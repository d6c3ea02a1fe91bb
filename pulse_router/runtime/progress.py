"""Notices when work is in hand and none of it gets done. It does not know what the work is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs
import trio

PATIENCE_SECONDS: Final = 30.0
LOOK_EVERY_SECONDS: Final = 1.0


@attrs.define
class Progress:
    """Judges by two figures, looked at now and then.

    Attributes:
        patience_seconds: For how long nothing may get done.
    """

    patience_seconds: float = PATIENCE_SECONDS
    _done: int = attrs.field(default=-1, init=False)
    _since: float = attrs.field(default=0.0, init=False)

    def look(self, now: float, *, in_hand: int, done: int) -> str | None:
        """Judge by the figures of this moment.

        Args:
            now: The time in seconds, on a clock that never jumps.
            in_hand: How many pieces of work wait to be done.
            done: How many have ever been done.

        Returns:
            What is wrong, in words that stay the same while it lasts; None when work gets done
            or there is none.
        """
        if done != self._done or not in_hand:
            self._done, self._since = done, now
        if now - self._since < self.patience_seconds:
            return None
        return (
            f"nothing has been acknowledged for {self.patience_seconds:g} s, though messages are "
            "in hand; the broker sends no more until they are stored"
        )


async def watch_progress(
    progress: Progress,
    figures: Callable[[], tuple[int, int]],
    *,
    report: Callable[[str | None], None],
) -> None:
    """Look for ever.

    Args:
        progress: Judges.
        figures: Gives how much is in hand, and how much has ever been done.
        report: Told what is wrong, and None when nothing is.
    """
    while True:
        in_hand, done = figures()
        report(progress.look(trio.current_time(), in_hand=in_hand, done=done))
        await trio.sleep(LOOK_EVERY_SECONDS)
