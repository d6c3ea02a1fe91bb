"""How answers show why a route takes a message or not; the same wherever it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from pulse_router.domain.explaining.clauses import Clause, Node, compile_explanation
from pulse_router.domain.explaining.topics import TopicVerdict, explain_topic, say_topic
from pulse_router.domain.explaining.values import Found, Presence, beginning, type_name
from pulse_router.domain.explaining.words import say
from pulse_router.domain.filters.faults import FilterError
from pulse_router.domain.filters.heavy import HeavyFilter, PayloadFilter, read_filter
from pulse_router.domain.filters.payload_filter import compile_filter
from pulse_router.domain.filters.weight import FUEL_PER_FILTER, Fuel, TooDear
from pulse_router.runtime.aside import Aside

MAX_SHOWN: Final = 1000
"""How many characters and elements a value may have that is shown in a verdict."""

FUEL_AT_ONCE: Final = 1_000
"""What may be used up on the loop, where all others wait for it."""

MAX_FUEL: Final = 4 * FUEL_PER_FILTER
"""All clauses are asked, where ingest stops at the first that decides."""

VerdictName = Literal["true", "false", "unknown"]
_encode: Final = msgspec.json.Encoder().encode


class FoundAnswer(msgspec.Struct):
    """What a message has where a clause looks.

    `presence` is `missing` where there is nothing, and `other_type` where the operator cannot
    hold of what is there; `wanted` then names the types of which it could. A value that is longer
    than a thousand characters is left out.
    """

    presence: Literal["value", "other_type", "missing"]
    value: msgspec.Raw | UnsetType = UNSET
    type: str | UnsetType = UNSET
    wanted: list[str] | UnsetType = UNSET


class ClauseAnswer(msgspec.Struct):
    """The verdict of a part of a payload filter.

    A single clause has `path`, `operator`, `operand` (unless it is long) and `found`; what joins
    several (`$and`, `$or`, `$nor`, `$not`) has `operator` and `clauses`.
    """

    operator: str
    verdict: VerdictName
    path: str | UnsetType = UNSET
    operand: msgspec.Raw | UnsetType = UNSET
    options: str | UnsetType = UNSET
    found: FoundAnswer | UnsetType = UNSET
    clauses: list[ClauseAnswer] | UnsetType = UNSET


class TopicAnswer(msgspec.Struct):
    """Whether a topic filter fits, and else the first level that differs, counted from 1.

    `wanted` is null where the filter has ended there, `found` where the topic has.
    """

    verdict: VerdictName
    level: int | UnsetType = UNSET
    wanted: str | UnsetType | None = UNSET
    found: str | UnsetType | None = UNSET


class VerdictAnswer(msgspec.Struct):
    """Whether a route takes a message, and why; `reason` says in a sentence what decided."""

    verdict: VerdictName
    reason: str
    topic: TopicAnswer
    clauses: list[ClauseAnswer]


class Explainer:
    """Says whether routes take messages, and why; what takes long is worked out beside the loop."""

    def __init__(self) -> None:
        self._aside = Aside()

    async def explain(
        self,
        topic_filter: str,
        payload_filter: PayloadFilter | None,
        topic: str,
        payload: Mapping[str, Any],
    ) -> VerdictAnswer:
        """Say whether a route takes a message, and why.

        Args:
            topic_filter: The route's topic filter; a valid one.
            payload_filter: Its payload filter; None or an empty one takes everything.
            topic: The message's topic.
            payload: Its payload.
        """
        fits = explain_topic(topic_filter, topic)
        told = partial(_explain, fits, payload_filter, payload)
        if not isinstance(payload_filter, HeavyFilter):
            with suppress(TooDear):
                return told(FUEL_AT_ONCE)
        try:
            return await self._aside.run(partial(told, MAX_FUEL))
        except TooDear as error:
            return VerdictAnswer("unknown", f"the filter is not asked: {error}", _topic(fits), [])

    async def judge(
        self, payload_filter: PayloadFilter | None, payload: Mapping[str, Any]
    ) -> tuple[bool, str | None]:
        """Ask a payload filter as ingest does; give what it says, or why it says nothing."""
        if not payload_filter:
            return True, None
        try:
            if not isinstance(payload_filter, HeavyFilter):
                with suppress(TooDear):
                    return _asks(payload_filter, payload, FUEL_AT_ONCE), None
            asks = partial(_asks, payload_filter, payload, FUEL_PER_FILTER)
            return await self._aside.run(asks), None
        except (FilterError, TooDear) as error:  # of an earlier version, or too much at once
            return False, str(error)


def _asks(payload_filter: PayloadFilter, payload: Mapping[str, Any], fuel: int) -> bool:
    return compile_filter(read_filter(payload_filter), Fuel(fuel)).accepts(payload)


def _explain(
    fits: TopicVerdict,
    payload_filter: PayloadFilter | None,
    payload: Mapping[str, Any],
    fuel: int,
) -> VerdictAnswer:
    """Explain a message of which it is known whether its topic fits.

    Raises:
        TooDear: The fuel does not suffice.
    """
    try:
        if isinstance(payload_filter, HeavyFilter):
            return _sum_up(fits, _asks(payload_filter, payload, fuel))
        tree = compile_explanation(payload_filter or {}, Fuel(fuel))(payload)
    except FilterError as error:  # of an earlier version; ingest leaves such a route out
        return VerdictAnswer("false", f"the filter is not valid: {error}", _topic(fits), [])
    takes = fits.verdict and tree.verdict
    reason = say(tree) if fits.verdict else say_topic(fits)
    if fits.verdict and not tree.clauses:
        reason = say_topic(fits)
    return VerdictAnswer(_name(takes), reason, _topic(fits), _answers(tree.clauses))


def _sum_up(fits: TopicVerdict, passes: bool) -> VerdictAnswer:
    """Say what a heavy filter says, and not why."""
    said = "passes" if passes else "does not pass"
    reason = f"it {said} a filter that is too long for its clauses to be told"
    if not fits.verdict:
        reason = say_topic(fits)
    return VerdictAnswer(_name(fits.verdict and passes), reason, _topic(fits), [])


def _topic(verdict: TopicVerdict) -> TopicAnswer:
    if verdict.level is None:
        return TopicAnswer(_name(verdict.verdict))
    return TopicAnswer(_name(verdict.verdict), verdict.level, verdict.wanted, verdict.found)


def _answers(nodes: Sequence[Node]) -> list[ClauseAnswer]:
    return [_answer(node) for node in nodes]


def _answer(node: Node) -> ClauseAnswer:
    if not isinstance(node, Clause):
        return ClauseAnswer(node.operator, _name(node.verdict), clauses=_answers(node.clauses))
    answer = ClauseAnswer(
        node.operator,
        _name(node.verdict),
        path=node.path,
        operand=shown_value(node.operand),
        found=_found(node.found),
    )
    if node.options is not None:
        answer.options = node.options
    return answer


def _found(found: Found) -> FoundAnswer:
    answer = FoundAnswer(found.presence.value)
    if found.presence is not Presence.MISSING:
        answer.type = type_name(found.value)
        answer.value = shown_value(found.value)
    if found.wanted:
        answer.wanted = list(found.wanted)
    return answer


def shown_value(value: object) -> msgspec.Raw | UnsetType:
    """Write a value as it stands in a verdict; one that is too long is left out."""
    _, is_all = beginning(value, MAX_SHOWN)
    return msgspec.Raw(_encode(value)) if is_all else UNSET


def _name(verdict: bool) -> VerdictName:
    return "true" if verdict else "false"
