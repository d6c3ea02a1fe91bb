"""What waits to be sent to one live client: a bounded ring of events, with answers in between.

It knows nothing of what the texts mean, nor of how they are sent.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple, TypeAlias

import trio

from pulse_router.streaming.encoding import EncodedEvent

Answer: TypeAlias = str
"""A message that must not be lost, such as the answer to a client's action."""


BURST: Final = 1_024
"""How many events a client may get at once that is waiting for them."""

MAX_TAKEN: Final = 1024 * 1024
"""From how many characters on the rest is left for the next time: what is taken is made into one
piece for each client, and one that does not read holds it."""


class Taken(NamedTuple):
    """What was waiting, or the first part of it.

    `dropped` events are missing before the first event of `items`.
    """

    items: list[EncodedEvent | Answer]
    dropped: int


class Outbox:
    """Events and answers in the order in which they were put.

    When it is full of events the oldest goes and is counted. Answers are never dropped: who puts
    them watches `answers` and gives up on a client that does not read.

    Args:
        capacity: How many events it holds while its taker is busy; at least 1. While its taker
            waits, it holds what comes in one burst: that client is not slow.

    Raises:
        ValueError: The capacity is not positive.
    """

    __slots__ = ("_capacity", "_dropped", "_events", "_is_awaited", "_items", "_takers")

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, not {capacity}")
        self._capacity = capacity
        self._items: deque[EncodedEvent | Answer] = deque()
        self._events = 0
        self._dropped = 0
        self._is_awaited = False
        self._takers = trio.lowlevel.ParkingLot()

    def __len__(self) -> int:
        """How many events and answers wait."""
        return len(self._items)

    @property
    def answers(self) -> int:
        """How many answers wait."""
        return len(self._items) - self._events

    def put_event_nowait(self, event: EncodedEvent) -> bool:
        """Add an event; the oldest one goes when the outbox is full.

        Returns:
            Whether an event had to go.
        """
        full = self._events >= self._capacity and (
            not self._is_awaited or self._events >= max(BURST, self._capacity)
        )
        if full:
            self._drop_oldest_event()
        self._items.append(event)
        self._events += 1
        if self._takers:
            self._takers.unpark_all()
        return full

    def miss_event(self) -> None:
        """Count an event that cannot be put; the client hears of it with what comes next."""
        self._dropped += 1

    def put_answer_nowait(self, answer: Answer) -> None:
        """Add a message that is never dropped."""
        self._items.append(answer)
        if self._takers:
            self._takers.unpark_all()

    async def take(self) -> Taken:
        """Wait until something is there, and take all of it, as long as that is not too much.

        Nothing is lost by cancellation.
        """
        self._is_awaited = True
        try:
            if self._items:
                await trio.lowlevel.checkpoint()
            while not self._items:
                await self._takers.park()
        finally:
            self._is_awaited = False
        taken, self._dropped = Taken(self._take_first(), self._dropped), 0
        return taken

    def _take_first(self) -> list[EncodedEvent | Answer]:
        first: list[EncodedEvent | Answer] = []
        characters = 0
        while self._items and characters < MAX_TAKEN:
            item = self._items.popleft()
            first.append(item)
            if isinstance(item, str):
                characters += len(item)
            else:
                characters += len(item.text)
                self._events -= 1
        return first

    def _drop_oldest_event(self) -> None:
        answers: list[EncodedEvent | Answer] = []
        while isinstance(first := self._items.popleft(), str):
            answers.append(first)
        self._items.extendleft(reversed(answers))
        self._events -= 1
        self._dropped += 1
