"""A window: the few deliveries of a lane that are in memory.

It knows neither routes nor the database.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import attrs

from pulse_router.domain.deliveries import ROW_BYTES, Delivery
from pulse_router.domain.lanes.budget import ByteBudget, LaneBytes
from pulse_router.domain.lanes.halving import Search
from pulse_router.domain.webhook_config import BATCH_BYTES

SMALLEST_WINDOW: Final = 16
LARGEST_WINDOW: Final = 200
LARGEST_BATCH_WINDOW: Final = 1000
ENVELOPE_BYTES: Final = 224
"""What stands around a payload in a batch, beside the names of tenant, device and topic."""


def weight_of(delivery: Delivery) -> int:
    """Tell how many bytes of memory a delivery takes, roughly."""
    return ROW_BYTES + sys.getsizeof(delivery.payload)


def weight_in_batch(delivery: Delivery) -> int:
    """Tell how many bytes of a batch's body a delivery takes at the most."""
    payload, topic = delivery.payload, delivery.topic
    length = len(payload) if payload.isascii() else len(payload.encode("utf-8", "replace"))
    names = len(delivery.tenant_id) + len(delivery.device_id) + 2 * len(topic)
    return ENVELOPE_BYTES + length + (names if topic.isascii() else 4 * names)


@attrs.define
class _Part:
    """Deliveries that go out by themselves, for they were refused with others."""

    deliveries: deque[Delivery]
    search: Search | None


class Window:
    """What a lane holds of its deliveries: those that wait, and those in hand.

    In hand is what is under way or not settled yet. Whoever brings it a delivery once more brings
    nothing.

    Args:
        budget: The bytes that all windows share.

    Attributes:
        room: The bytes that it holds and may hold.
        since: Since when the first has waited.
        max_bytes: What the body of a batch may weigh, if it is more than one message.
    """

    def __init__(self, budget: ByteBudget) -> None:
        self.room = LaneBytes(budget)
        self._parts: deque[_Part] = deque()
        self._in_parts = 0
        self._waiting: deque[Delivery] = deque()
        self._payload_length = 0
        self._in_hand: dict[int, int] = {}
        self._held: set[int] = set()
        self._size = SMALLEST_WINDOW
        self.max_bytes = BATCH_BYTES
        self.since = 0.0

    def __len__(self) -> int:
        """Tell how many wait."""
        return len(self._waiting) + self._in_parts

    @property
    def in_hand(self) -> AbstractSet[int]:
        """The ids of what is under way or not settled yet."""
        return self._in_hand.keys()

    @property
    def has_no_room(self) -> bool:
        """Whether there is no room for more than one."""
        return self.room.left <= 0

    @property
    def known(self) -> list[int]:
        """The ids of all that it holds."""
        return list(self._held)

    def size_of_fetch(self, per_attempt: int | None) -> int:
        """Tell how many deliveries are fetched at once.

        Args:
            per_attempt: How many make a batch; None where each goes by itself.
        """
        if per_attempt is None:
            return self._size
        return min(self._size * per_attempt, LARGEST_BATCH_WINDOW)

    @property
    def search(self) -> Search | None:
        """The search that the next to be taken are part of."""
        return self._parts[0].search if self._parts else None

    def holds_batch(self, max_messages: int) -> bool:
        """Tell whether what waits fills a batch, or no room for more will come by itself."""
        weight = self._payload_length + ENVELOPE_BYTES * len(self._waiting)
        if self._parts or len(self._waiting) >= max_messages or weight >= self.max_bytes:
            return True
        return bool(self._waiting) and self.has_no_room and not self._in_hand

    def put(self, deliveries: Iterable[Delivery], *, now: float) -> None:
        """Add what was fetched."""
        if not self._waiting:
            self.since = now
        held = self._held
        size = length = 0
        for delivery in deliveries:
            if delivery.id in held:
                continue
            held.add(delivery.id)
            self._waiting.append(delivery)
            length += len(delivery.payload)
            size += weight_of(delivery)
        self._payload_length += length
        self.room.hold(size)

    def fill(self, deliveries: Iterable[Delivery], *, now: float) -> int:
        """Add as many of the first as there is memory for; tell how many of them it holds now."""
        if not self._waiting:
            self.since = now
        left = self.room.left
        used = held = length = 0
        for delivery in deliveries:
            if used >= left:
                break
            held += 1
            if delivery.id in self._held:
                continue
            used += weight_of(delivery)
            length += len(delivery.payload)
            self._held.add(delivery.id)
            self._waiting.append(delivery)
        self._payload_length += length
        self.room.hold(used)
        return held

    def grow(self) -> None:
        """Fetch more at once from now on."""
        self._size = min(2 * self._size, LARGEST_WINDOW)

    def take(self, count: int, *, now: float) -> Sequence[Delivery]:
        """Take the first into hand: so many, or as many as a batch may weigh, but at least one."""
        line = self._parts[0].deliveries if self._parts else self._waiting
        taken: list[Delivery] = []
        weight = 0
        while line and len(taken) < count:
            if count > 1:
                weight += weight_in_batch(line[0])
                if taken and weight > self.max_bytes:
                    break
            delivery = line.popleft()
            self._payload_length -= len(delivery.payload)
            self._in_hand[delivery.id] = weight_of(delivery)
            taken.append(delivery)
        if self._parts:
            self._in_parts -= len(taken)
            if not line:
                self._parts.popleft()
        self.since = now
        return taken

    def put_back(self, parts: Sequence[Sequence[Delivery]], search: Search | None) -> None:
        """Have what is in hand go out anew, before all others and in these parts."""
        for part in reversed(parts):
            kept = deque(each for each in part if self._in_hand.pop(each.id, None) is not None)
            self._payload_length += sum(len(each.payload) for each in kept)
            if kept:
                self._parts.appendleft(_Part(kept, search))
                self._in_parts += len(kept)

    def let_go(self, delivery_ids: Iterable[int]) -> None:
        """Note that the ends of attempts are written."""
        size = 0
        for delivery_id in delivery_ids:
            if delivery_id in self._in_hand:
                size += self._in_hand.pop(delivery_id)
                self._held.discard(delivery_id)
        self.room.give_back(size)

    def shrink(self) -> bool:
        """Hold no more than there is room for, and fetch little; tell whether any was dropped."""
        self._size = SMALLEST_WINDOW
        return self._drop(beyond=0 if self.has_no_room else SMALLEST_WINDOW)

    def clear(self) -> bool:
        """Forget what waits; tell whether there was anything."""
        return self._drop(beyond=0)

    def _drop(self, *, beyond: int) -> bool:
        dropped = False
        while len(self) > beyond:
            delivery = self._waiting.pop() if self._waiting else self._pop_from_parts()
            self._held.discard(delivery.id)
            self._payload_length -= len(delivery.payload)
            self.room.give_back(weight_of(delivery))
            dropped = True
        return dropped

    def _pop_from_parts(self) -> Delivery:
        last = self._parts[-1].deliveries
        delivery = last.pop()
        self._in_parts -= 1
        if not last:
            self._parts.pop()
        return delivery
