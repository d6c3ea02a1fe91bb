"""How often each clause of a filter held, what it found, and where it alone decided. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from heapq import nsmallest
from typing import Any, Final

import attrs

from pulse_router.domain.explaining.clauses import Clause, Group, Node
from pulse_router.domain.explaining.values import Found, Presence

CLOSEST: Final = 5
"""How many of the values are told that came closest to passing."""
_COMPARISONS: Final = frozenset({"$gt", "$gte", "$lt", "$lte"})


@attrs.frozen
class Close:
    """A number that did not pass, and by how much."""

    short_by: float
    event_id: int
    device_id: str
    value: int | float


@attrs.define
class Coverage:
    """In how many messages a field had a value, none, or one of another type than is asked for."""

    present: int = 0
    missing: int = 0
    wrong_type: int = 0
    _noted: int = -1
    _was_wrong: bool = False

    def note(self, number: int, presence: Presence) -> None:
        """Note what a clause has found in the message of a number; several may ask for a field."""
        if self._noted == number:
            if presence is Presence.OTHER_TYPE and not self._was_wrong:
                self.present -= 1
                self.wrong_type += 1
                self._was_wrong = True
            return
        self._noted = number
        self._was_wrong = False
        if presence is Presence.VALUE:
            self.present += 1
        elif presence is Presence.MISSING:
            self.missing += 1
        else:
            self.wrong_type += 1
            self._was_wrong = True


@attrs.define
class Tally:
    """How a clause, or a group of them, has done.

    Attributes:
        node: One of its verdicts: it has the path, the operator and the operand.
        holds: In how many messages it held.
        fails: In how many it did not.
        fails_alone: In how many of these everything else held: it decided alone.
        parts: The clauses of a group.
        closest: Of a comparison with a number: what came closest where it decided alone.
    """

    node: Node
    parts: Sequence[Tally]
    holds: int = 0
    fails: int = 0
    fails_alone: int = 0
    closest: list[Close] = attrs.field(factory=list)


class Tallies:
    """The clauses of one filter, counted over messages."""

    def __init__(self) -> None:
        self.coverage: dict[str, Coverage] = {}
        self._root: Tally | None = None
        self._number = 0

    @property
    def clauses(self) -> Sequence[Tally]:
        """What stands in the filter, as far as any message was counted."""
        return () if self._root is None else self._root.parts

    def add(self, verdict: Group, event_id: int, device_id: str) -> None:
        """Count the verdict over one message; those of one filter all have the same clauses."""
        if self._root is None:
            self._root = self._begin(verdict)
        self._number += 1
        self._count(self._root, verdict)
        if not verdict.verdict:
            self._note_near_miss(self._root, verdict, event_id, device_id)

    def _begin(self, node: Node) -> Tally:
        if isinstance(node, Clause):
            self.coverage.setdefault(node.path, Coverage())
            return Tally(node, ())
        return Tally(node, [self._begin(part) for part in node.clauses])

    def _count(self, tally: Tally, node: Node) -> None:
        if node.verdict:
            tally.holds += 1
        else:
            tally.fails += 1
        if isinstance(node, Clause):
            self.coverage[node.path].note(self._number, node.found.presence)
            return
        for part, inner in zip(tally.parts, node.clauses, strict=False):
            self._count(part, inner)

    def _note_near_miss(self, tally: Tally, verdict: Group, event_id: int, device_id: str) -> None:
        failing = list(_failing(tally, verdict))
        if len(failing) != 1:
            return
        [(alone, node)] = failing
        alone.fails_alone += 1
        if isinstance(node, Clause) and (close := _close(node)) is not None:
            short_by, value = close
            if len(alone.closest) < CLOSEST or short_by < alone.closest[-1].short_by:
                one = Close(short_by, event_id, device_id, value)
                alone.closest = nsmallest(
                    CLOSEST, [*alone.closest, one], key=lambda each: each.short_by
                )


def _failing(tally: Tally, group: Group) -> Iterator[tuple[Tally, Node]]:
    """Give what must hold and does not, down through what is joined by `$and`."""
    for part, node in zip(tally.parts, group.clauses, strict=True):
        if node.verdict:
            continue
        if isinstance(node, Group) and node.operator == "$and":
            yield from _failing(part, node)
        else:
            yield part, node


def _close(clause: Clause) -> tuple[float, int | float] | None:
    """Tell by how much the closest number that a comparison has found does not pass."""
    if clause.operator not in _COMPARISONS or not _is_number(clause.operand):
        return None
    numbers = [value for value in _values(clause.found) if _is_number(value)]
    try:
        return min(((abs(float(n) - float(clause.operand)), n) for n in numbers), default=None)
    except OverflowError:  # as far away as can be
        return None


def _values(found: Found) -> Sequence[Any]:
    if found.presence is not Presence.VALUE:
        return ()
    return found.value if isinstance(found.value, list) else (found.value,)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
