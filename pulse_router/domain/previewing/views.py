"""A route's two filters, ready to be asked of one stored message after the other. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pulse_router.domain.explaining.clauses import Clause, Group, Node, compile_explanation
from pulse_router.domain.filters.payload_filter import compile_filter
from pulse_router.domain.filters.weight import FUEL_PER_FILTER, Fuel, TooDear
from pulse_router.domain.routes import Payload
from pulse_router.domain.telemetry import NOT_AS_SENT
from pulse_router.domain.topics import TopicIndex

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

    def __init__(self, topic_filter: str, payload_filter: Mapping[str, Any] | None) -> None:
        self._index: TopicIndex[bool] = TopicIndex()
        self._index.add(topic_filter, True)
        self._fits: dict[str, bool] = {}
        self._fuel = Fuel()
        self._accepts = compile_filter(payload_filter or {}, self._fuel).accepts
        self._explain = compile_explanation(payload_filter or {}, self._fuel)
        self.not_as_sent = sorted(_asked_of(payload_filter or {}) & NOT_AS_SENT)

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
        self._fuel.left = FUEL_PER_FILTER
        try:
            return self._accepts(payload)
        except TooDear:
            return None

    def explain(self, payload: Payload) -> Group | None:
        """Give the verdict of each clause; None where it would cost too much to ask all."""
        self._fuel.left = FUEL_PER_FILTER
        try:
            return self._explain(payload)
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
