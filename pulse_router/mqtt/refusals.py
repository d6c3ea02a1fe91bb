"""What a broker has refused and then cut the line for, so that it is not asked again too soon.

mosquitto 2.0 answers a message that its access list forbids, or that is too large for it, and ends
the connection; every other message on it would pay for each of them. Pure: the time is given.
"""

from __future__ import annotations

from typing import Final

import attrs
import mqtt5

from pulse_router.mqtt.events import Confirmed
from pulse_router.mqtt.outgoing import OutgoingMessage

REMEMBERED_SECONDS: Final = 30.0
MAX_TOPICS: Final = 4096
_TOO_LARGE: Final = int(mqtt5.DisconnectReasonCode.PACKET_TOO_LARGE)


@attrs.frozen
class _Refusal:
    answer: Confirmed
    until: float


class Refusals:
    """Remembers costly refusals for a while: by topic, and by size where that was the reason."""

    def __init__(self) -> None:
        self._topics: dict[str, _Refusal] = {}
        self._size = 0
        self._too_large: _Refusal | None = None

    def add(self, message: OutgoingMessage, answer: Confirmed, now: float) -> None:
        """Remember that a message was refused, at the cost of the connection."""
        refusal = _Refusal(answer, now + REMEMBERED_SECONDS)
        if answer.code == _TOO_LARGE:
            self._size, self._too_large = len(message.payload), refusal
            return
        if len(self._topics) >= MAX_TOPICS:
            self._topics = {topic: one for topic, one in self._topics.items() if one.until > now}
        if len(self._topics) < MAX_TOPICS:
            self._topics[message.topic] = refusal

    def answer_to(self, message: OutgoingMessage, now: float) -> Confirmed | None:
        """Give the answer that the broker would give again; None when it is to be asked."""
        refusal = self._topics.get(message.topic)
        if refusal is None and len(message.payload) >= self._size:
            refusal = self._too_large
        return refusal.answer if refusal is not None and refusal.until > now else None
