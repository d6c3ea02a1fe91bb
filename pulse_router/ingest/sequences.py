"""Follows the numbers that devices count their messages with, and finds those that never came.

It sees what was accepted, after what the broker sends again was left out: a redelivered message is
no repeat. What the last number was is asked of the database when a device is met anew, and what is
not committed yet is never forgotten, so that no gap is made up. It must not know how gaps are kept.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, Final, Protocol

import msgspec
import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import Message
from pulse_router.domain.rate_limit import MinuteCap
from pulse_router.domain.sequences import MAX_NUMBER, LastNumber, NewGap, SequenceKey, Step, judge
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.runtime.patience import outlast
from pulse_router.runtime.stride import Stride

DEFAULT_CAPACITY: Final = 100_000
_INTEGER: Final = re.compile(rb"-?(0|[1-9][0-9]{0,15})")


class SequenceSource(Protocol):
    """Where the last numbers of devices are looked up."""

    async def last_numbers(self, keys: Collection[SequenceKey]) -> Mapping[SequenceKey, int]:
        """Look up the last numbers that were stored; what was never counted is absent.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class NumberReader:
    """Finds the number of a message: in its metrics first, then among its own fields.

    Args:
        field: Its name.
    """

    def __init__(self, field: str) -> None:
        named = msgspec.field(default=msgspec.Raw(b""), name=field)
        form = msgspec.defstruct("Numbered", [("number", msgspec.Raw, named)])
        self._decode: Callable[[str], Any] = msgspec.json.Decoder(form).decode

    def read(self, message: Message) -> int | None:
        """Give the number; None when there is none, or it is not an integer up to 2^53."""
        for text in (message.metrics, message.extra):
            if text is not None and (raw := bytes(self._decode(text).number)):
                number = int(raw) if _INTEGER.fullmatch(raw) else None
                return number if number is not None and abs(number) <= MAX_NUMBER else None
        return None


class Sequences:
    """The last number of each device and message type, in bounded memory.

    Args:
        field: The name of the field that holds it.
        source: Where the last ones are looked up that are not in memory.
        capacity: How many are kept in memory; more only while they are not committed.
        per_minute: How many gaps of a tenant are kept a minute; all are counted.
        report: Told why they cannot be looked up, and None when they can.

    Attributes:
        steps: How often which step was seen since the start.
        missing: How many numbers never came.
        unkept: How many gaps were counted and not kept, for the cap.
    """

    def __init__(
        self,
        field: str,
        source: SequenceSource,
        *,
        per_minute: int,
        report: Callable[[str | None], None],
        capacity: int = DEFAULT_CAPACITY,
    ) -> None:
        self.steps: Counter[Step] = Counter()
        self.missing = 0
        self.unkept = 0
        self._read = NumberReader(field).read
        self._source = source
        self._capacity = capacity
        self._report = report
        self._cap: MinuteCap[str] = MinuteCap(per_minute)
        self._committed = 0
        # Those that were heard of last stand last.
        self._last: dict[SequenceKey, LastNumber] = {}

    async def follow(self, batch: DecodedBatch) -> None:
        """Follow the accepted messages of a batch, and add to it what is to be stored of that.

        Holds while the database is away.
        """
        stride = Stride()
        found: list[tuple[Message, SequenceKey, int]] = []
        for message in batch.messages:
            if (number := self._read(message)) is not None:
                key = (message.tenant_id, message.device_id, message.msg_type)
                found.append((message, key, number))
            await stride.step()
        known = await self._look_up({key for _, key, _ in found if key not in self._last})
        now = trio.current_time()
        for message, key, number in found:
            before = self._last.pop(key, None)
            last = known.get(key) if before is None else before.last
            step = judge(last, number)
            self.steps[step] += 1
            if step is Step.GAP and last is not None:
                self._add_gap(batch, message, last, number, now)
            heard = LastNumber(*key, number, message.event_id)
            self._last[key] = heard
            batch.last_numbers.append(heard)
            await stride.step()
        self._forget_some()

    def committed(self, event_id: int) -> None:
        """Note that all messages up to this one are committed: the database knows their numbers."""
        self._committed = event_id

    def __len__(self) -> int:
        """How many numbers are in memory."""
        return len(self._last)

    async def _look_up(self, keys: Collection[SequenceKey]) -> Mapping[SequenceKey, int]:
        if not keys:
            return {}
        ask = partial(self._source.last_numbers, keys)
        return await outlast(Unavailable, ask, report=self._report)

    def _add_gap(
        self, batch: DecodedBatch, message: Message, last: int, got: int, now: float
    ) -> None:
        missing = got - last - 1
        self.missing += missing
        if not self._cap.admits(message.tenant_id, now):
            self.unkept += 1
            return
        batch.gaps.append(
            NewGap(
                message.received_at,
                message.tenant_id,
                message.device_id,
                message.msg_type,
                message.event_id,
                last + 1,
                got,
                missing,
            )
        )

    def _forget_some(self) -> None:
        """Forget who has been silent for longest, but none whose number the database lacks."""
        while len(self._last) > self._capacity:
            key, oldest = next(iter(self._last.items()))
            if oldest.event_id > self._committed:
                return
            del self._last[key]
