"""How deliveries end, one by one, as they are written together: and in plainer words.

Values only: it writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import attrs

from pulse_router.delivery.lane import Lane
from pulse_router.domain.deliveries import AttemptRecord, Burial, Reschedule, Settlement

PLAIN_LENGTH: Final = 200

Decision: TypeAlias = int | Reschedule | Burial
"""What becomes of a delivery: delivered, by its id, or tried again, or buried."""


@attrs.define  # as `Job`
class End:
    """The end of one attempt at one delivery.

    `disables` says that its route is to be disabled. `status` and `milliseconds` are those of an
    attempt that has delivered.
    """

    lane: Lane
    decision: Decision
    disables: bool = False
    status: int | None = None
    milliseconds: int = 0

    @property
    def delivery_id(self) -> int:
        """Which delivery."""
        match self.decision:
            case Reschedule(delivery_id=delivery_id):
                return delivery_id
            case Burial(delivery=delivery):
                return delivery.id
        return self.decision

    def in_plain_words(self) -> End:
        """Say the same without what others have said, in characters that every database takes."""
        match self.decision:
            case Reschedule() | Burial() as failed:
                plain = attrs.evolve(
                    failed, error=_in_ascii(failed.error), record=_plain(failed.record)
                )
                if isinstance(plain, Burial):
                    plain = attrs.evolve(plain, destination_config={})
                return attrs.evolve(self, decision=plain)
        return self


def as_settlement(ends: Sequence[End], epochs: Mapping[int, int]) -> Settlement:
    """Put ends together that are written in one transaction, under these epochs of leases."""
    delivered: list[int] = []
    statuses: list[int | None] = []
    milliseconds: list[int] = []
    rescheduled: list[Reschedule] = []
    buried: list[Burial] = []
    disabled: set[int] = set()
    lane: Lane | None = None
    is_alike = True
    for end in ends:
        decision = end.decision
        if isinstance(decision, int):
            if lane is None:
                lane = end.lane
            elif lane is not end.lane or end.status != statuses[0]:
                is_alike = False
            delivered.append(decision)
            statuses.append(end.status)
            milliseconds.append(end.milliseconds)
        elif isinstance(decision, Reschedule):
            rescheduled.append(decision)
        else:
            buried.append(decision)
        if end.disables:
            disabled.add(end.lane.route_id)
    alike = lane.route_id if lane is not None and is_alike else None
    return Settlement(
        delivered, rescheduled, buried, sorted(disabled), epochs, statuses, milliseconds, alike
    )


def _plain(record: AttemptRecord | None) -> AttemptRecord | None:
    if record is None:
        return None
    return attrs.evolve(record, error=_in_ascii(record.error), response="")


def _in_ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii")[:PLAIN_LENGTH]
