"""Pings the broker: to keep the line alive, and to hear that it has read our acknowledgements.

A broker reads in order what we send. Once it has answered a PINGREQ that went out after an
acknowledgement, it knows of that, and the message cannot come again. Knows no stream.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Final

import trio

ASK_AFTER_SECONDS: Final = 0.05
"""How long acknowledgements gather before the broker is asked: a ping costs both sides a read."""
_MARGIN: Final = 0.75


class Pings:
    """What one connection has heard, and what it has asked.

    Args:
        send: Has a PINGREQ sent, after all that was to be sent before.

    Attributes:
        sent_at: When something was sent last, in Trio's time.
        received_at: When something was received last.
        written: The last arrival whose acknowledgements have been given to the line.
        known: The last one that the broker is known to know as acknowledged.
    """

    def __init__(self, send: Callable[[], None]) -> None:
        self.sent_at = self.received_at = trio.current_time()
        self.written = self.known = 0
        self._send = send
        self._unanswered: deque[int] = deque()
        self._asked = 0
        self._news = trio.Event()

    def acknowledged(self, number: int) -> None:
        """Note that the acknowledgements of an arrival have been given to the line."""
        self.written = number
        self._news.set()

    def answered(self, count: int) -> None:
        """Note that so many pings have been answered; more than were sent are no matter."""
        for _ in range(min(count, len(self._unanswered))):
            self.known = self._unanswered.popleft()
        self._news.set()

    async def ask(self) -> None:
        """Ping after acknowledgements, one ping at a time."""
        while True:
            if self._asked == self.written or self._unanswered:
                self._news = trio.Event()
                await self._news.wait()
            else:
                # The first time at once: until it is answered, nothing is known of this broker.
                await trio.sleep(ASK_AFTER_SECONDS if self._asked else 0)
                self._ping()

    async def keep_alive(self, seconds: float) -> None:
        """Ping when either side has been silent for a while, whether or not we are reading."""
        interval = seconds * _MARGIN
        pinged_at = -math.inf
        while True:
            due = max(min(self.sent_at, self.received_at), pinged_at) + interval
            if due > trio.current_time():
                await trio.sleep_until(due)
            else:
                pinged_at = trio.current_time()
                self._ping()

    def _ping(self) -> None:
        self._asked = self.written
        self._unanswered.append(self.written)
        self._send()
