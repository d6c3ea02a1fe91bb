"""A route's two filters, ready to be asked of one stored message after the other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pulse_router.domain.explaining.clauses import Clause, Explain, Group, Node, compile_explanation
from pulse_router.domain.filters.heavy import HeavyFilter, PayloadFilter, read_filter
from pulse_router.domain.filters.payload_filter import compile_filter
from pulse_router.domain.filters.weight import Fuel, TooDear
from pulse_router.domain.payloads import Payload
from pulse_router.domain.telemetry import NOT_AS_SENT
from pulse_router.domain.topics import TopicIndex

FUEL_AT_ONCE: Final = 2_000
"""What may be used up on a message: it is one of very many, and they are looked at on the loop."""
MAX_REMEMBERED: Final = 20_000
"""Of how many topics it is remembered whether they fit."""


class RouteView:
    """Says of messages what a route that is enabled would do with them.

    Args:
        topic_filter: Its topic filter; a valid one.
        payload_filter: Its payload filter; None or an empty one takes everything.

    Raises:
        FilterError: The payload filter is invalid.
    """

    def __init__(self, topic_filter: str, payload_filter: PayloadFilter | None) -> None:
        self._index: TopicIndex[bool] = TopicIndex()
        self._index.add(topic_filter, True)
        self._fits: dict[str, bool] = {}
        self._fuel = Fuel()
        read = read_filter(payload_filter)
        self._accepts = compile_filter(read, self._fuel).accepts
        self._explain: Explain | None = None
        self.not_as_sent: list[str] = []
        if not isinstance(payload_filter, HeavyFilter):
            self._explain = compile_explanation(read, self._fuel)
            self.not_as_sent = sorted(_asked_of(read) & NOT_AS_SENT)

    def fits(self, topic: str) -> bool:
        """Tell whether the topic filter fits."""
        fits = self._fits.get(topic)
        if fits is None:
            if len(self._fits) >= MAX_REMEMBERED:
                self._fits.clear()
            fits = self._fits[topic] = bool(self._index.match(topic))
        return fits

    def passes(self, payload: Payload) -> bool | None:
        """Ask the payload filter as ingest does; None where it would cost too much to be asked."""
        self._fuel.left = FUEL_AT_ONCE
        try:
            return self._accepts(payload)
        except TooDear:
            return None

    def explain(self, payload: Payload) -> Group | None:
        """Give the verdict of each clause; None where it would cost too much to ask all."""
        self._fuel.left = FUEL_AT_ONCE
        try:
            return None if self._explain is None else self._explain(payload)
        except TooDear:
            return None


def clauses_of(node: Node) -> Iterator[Clause]:
    """Give the single clauses of a verdict, in order."""
    if isinstance(node, Clause):
        yield node
    else:
        for part in node.clauses:
            yield from clauses_of(part)


def _asked_of(payload_filter: Mapping[str, Any]) -> set[str]:
    """Give the first names of the paths that a valid filter asks."""
    empty = compile_explanation(payload_filter)({})
    return {clause.path.partition(".")[0] for clause in clauses_of(empty)}
