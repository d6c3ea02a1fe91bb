"""What a live client is shown of its tenant as a whole: how the books move, and what was changed.

It gets values that are written once for all who look, and knows nothing of connections.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Generic, Literal, TypeVar

import attrs

from pulse_router.streaming.changes import ChangeFeed, Hints
from pulse_router.streaming.figures import Figures, FiguresFeed
from pulse_router.streaming.outbox import Outbox

OverviewChannel = Literal["figures", "changes"]
CHANNELS: Final[Sequence[OverviewChannel]] = ("figures", "changes")


T = TypeVar("T", Figures, Hints)


@attrs.frozen
class OverviewFeeds:
    """Where it comes from."""

    figures: FiguresFeed
    changes: ChangeFeed


class _Waiting(Generic[T]):
    """What waits to be told on a channel: of several things one, which says all of them.

    So a client that reads slowly holds one message, and misses nothing.
    """

    def __init__(self, outbox: Outbox, mark: str) -> None:
        self._outbox = outbox
        self._mark = mark
        self._marks = 0
        self._told: T | None = None

    def put(self, told: T) -> None:
        """Put something behind all that waits, or to what waits here already."""
        if self._told is None:
            self._marks += 1
            self._outbox.put_answer_nowait(self._mark)
            self._told = told
        else:
            self._told = told.after(self._told)

    def take(self) -> Sequence[str]:
        """Give the message that a mark stands for, if it is the last one."""
        self._marks -= 1
        if self._marks or self._told is None:
            return ()
        told, self._told = self._told, None
        return (told.text,)

    def clear(self) -> None:
        """Forget what waits."""
        self._told = None


class OverviewChannels:
    """The channels of one client.

    Args:
        feeds: Where it comes from.
        tenant_id: Whose.
        outbox: What waits for the client.
    """

    def __init__(self, feeds: OverviewFeeds, tenant_id: str, outbox: Outbox) -> None:
        self._feeds = feeds
        self._tenant_id = tenant_id
        self._figures = _Waiting[Figures](outbox, "figures")
        self._changes = _Waiting[Hints](outbox, "changes")
        self.open: set[OverviewChannel] = set()

    def enter(self, channel: OverviewChannel) -> None:
        """Show what comes on a channel from now on."""
        self.open.add(channel)
        if channel == "figures":
            self._feeds.figures.watch(self._tenant_id, self._figures.put)
        else:
            self._feeds.changes.watch(self._tenant_id, self._changes.put)

    def leave(self, channel: OverviewChannel) -> None:
        """Show it no more."""
        self.open.discard(channel)
        if channel == "figures":
            self._feeds.figures.leave(self._tenant_id, self._figures.put)
            self._figures.clear()
        else:
            self._feeds.changes.leave(self._tenant_id, self._changes.put)
            self._changes.clear()

    def take(self, item: str) -> Sequence[str]:
        """Give what waits where a channel's mark stands; anything else stands for itself."""
        match item:
            case "figures":
                return self._figures.take()
            case "changes":
                return self._changes.take()
        return (item,)
