"""Tells messages that are bad from something else that is wrong, such as somebody's trigger.

PostgreSQL refuses both with the same words. One message, one device or one batch proves nothing:
what is refused is set aside, whatever its share. Only when many messages of several devices are
refused, over several batches in which nothing was stored, a witness is asked: the newest message
that was stored. While that one is refused as well, the messages are not what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs

from pulse_router.domain.messages import DeviceKey, Message

MANY_MESSAGES: Final = 20
SEVERAL_DEVICES: Final = 3
SEVERAL_BATCHES: Final = 3


@attrs.define
class Suspicion:
    """What was refused since a message was stored last."""

    _good: Message | None = None
    _batches: int = 0
    _messages: int = 0
    _devices: set[DeviceKey] = attrs.field(factory=set)

    def note(self, stored: Sequence[Message], refused: Sequence[Message]) -> None:
        """Note what became of a batch, once it is committed."""
        if stored:
            self._good = stored[-1]
            self._batches = self._messages = 0
            self._devices.clear()
        elif refused:
            self._batches += 1
            self._messages += len(refused)
            self._devices |= self._few_of(refused)

    def witness(self, stored: Sequence[Message], refused: Sequence[Message]) -> Message | None:
        """Find a message to be asked before a batch is set aside, if so much was refused by now.

        Args:
            stored: What of the batch can be stored.
            refused: What of it is refused; not empty.

        Returns:
            One that PostgreSQL takes unless something else is wrong, in the place of a refused one.
        """
        if (
            stored
            or self._batches + 1 < SEVERAL_BATCHES
            or self._messages + len(refused) < MANY_MESSAGES
            or len(self._devices | self._few_of(refused)) < SEVERAL_DEVICES
        ):
            return None
        place = refused[0]
        good = self._good or place._replace(metrics="{}", extra=None, site_id=None)
        return good._replace(event_id=place.event_id, received_at=place.received_at)

    @staticmethod
    def _few_of(messages: Sequence[Message]) -> set[DeviceKey]:
        """Tell whose they are, of so many as there is to decide about."""
        devices: set[DeviceKey] = set()
        for message in messages:
            devices.add((message.tenant_id, message.device_id))
            if len(devices) >= SEVERAL_DEVICES:
                break
        return devices
