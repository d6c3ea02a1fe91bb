"""Our messages on one connection that the broker has not answered yet, and who waits for that.

It must not know how they are sent.
"""

from __future__ import annotations

from collections.abc import Callable

import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.events import Confirmed
from pulse_router.mqtt.outgoing import OutgoingMessage


class _Waiting:
    __slots__ = ("confirmed", "ended", "message", "sent_at")

    def __init__(self, message: OutgoingMessage) -> None:
        self.message = message
        self.sent_at = trio.current_time()
        self.ended = trio.Event()
        self.confirmed: Confirmed | None = None


class InFlight:
    """Bounds what is unanswered, and hands each answer to the one who waits for it.

    A message that nobody waits for any more keeps its place until it is answered: its packet id
    must not be used again before.

    Args:
        limit: How many messages may be unanswered.
    """

    def __init__(self, limit: int) -> None:
        self._answered_at = trio.current_time()
        self._places = trio.Semaphore(limit)
        self._waiting: dict[int, _Waiting] = {}
        self._lost = ""

    def __len__(self) -> int:
        """How many messages are unanswered."""
        return len(self._waiting)

    @property
    def silent_seconds(self) -> float:
        """For how long messages have been waiting while the broker has answered none."""
        for oldest in self._waiting.values():
            return trio.current_time() - max(oldest.sent_at, self._answered_at)
        return 0.0

    async def take_place(self) -> bool:
        """Wait for a place for a message.

        Returns:
            Whether there is one; False when the connection is lost.
        """
        await self._places.acquire()
        if self._lost:
            self._places.release()
            return False
        return True

    async def send(
        self, message: OutgoingMessage, publish: Callable[[OutgoingMessage], int]
    ) -> Confirmed:
        """Publish a message that has a place, and wait for the broker's answer.

        Args:
            message: What to publish.
            publish: Sends it without waiting, and gives its packet id.

        Raises:
            Unavailable: The connection is lost before the answer has come.
        """
        try:
            packet_id = publish(message)
        except BaseException:
            self._places.release()
            raise
        waiting = self._waiting[packet_id] = _Waiting(message)
        await waiting.ended.wait()
        if waiting.confirmed is None:
            raise Unavailable(self._lost)
        return waiting.confirmed

    def confirm(self, confirmed: Confirmed) -> OutgoingMessage:
        """Hand an answer over, and say of which message it speaks."""
        self._answered_at = trio.current_time()
        waiting = self._waiting.pop(confirmed.packet_id)
        waiting.confirmed = confirmed
        waiting.ended.set()
        self._places.release()
        return waiting.message

    @property
    def only_packet_id(self) -> int | None:
        """The packet id of the message that is unanswered; None when there is not just one."""
        return next(iter(self._waiting)) if len(self._waiting) == 1 else None

    def lose(self, problem: str) -> None:
        """End all waiting: the connection is lost.

        Args:
            problem: Why, in a sentence.
        """
        self._lost = problem
        for waiting in self._waiting.values():
            waiting.ended.set()
        self._waiting.clear()
        self._places.release()  # whoever gets this place passes it on
