"""Destinations of which each attempt is told to who records spans. It decides nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

import trio

from pulse_router.delivery.ports import BatchDestination, Destination, ShowingDestination
from pulse_router.domain.deliveries import Delivery, Outcome, ShownRequest
from pulse_router.domain.routes import Route
from pulse_router.domain.spans import Span, attempt_span


class SpanRecorder(Protocol):
    """Who records spans."""

    def record(self, span: Span) -> None:
        """Take a span; never waits, never fails."""
        ...


class TracedDestination(Destination, ShowingDestination, Protocol):
    """A destination whose attempts can be told of."""


class TracedBatchDestination(TracedDestination, BatchDestination, Protocol):
    """One that takes several deliveries at once, too."""


class Traced:
    """A destination that tells of its attempts.

    Args:
        destination: Who makes them.
        recorder: Who is told.
        clock: Gives the Unix time.
    """

    def __init__(
        self,
        destination: TracedDestination,
        recorder: SpanRecorder,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._destination = destination
        self._recorder = recorder
        self._clock = clock

    async def deliver(self, delivery: Delivery, route: Route, *, attempt: int) -> Outcome:
        """See the port."""
        began_at, since = self._clock(), trio.current_time()
        outcome = await self._destination.deliver(delivery, route, attempt=attempt)
        self._tell([delivery], route, outcome, began_at, since)
        return outcome

    async def show(self, delivery: Delivery, route: Route) -> ShownRequest:
        """See the port."""
        return await self._destination.show(delivery, route)

    def _tell(
        self,
        deliveries: Sequence[Delivery],
        route: Route,
        outcome: Outcome,
        began_at: float,
        since: float,
    ) -> None:
        ended_at = began_at + trio.current_time() - since
        for delivery in deliveries:
            if delivery.trace is not None:
                span = attempt_span(delivery, route, outcome, began_at=began_at, ended_at=ended_at)
                if span is not None:
                    self._recorder.record(span)


class TracedBatches(Traced):
    """A destination of batches that tells of its attempts, of each event by itself."""

    def __init__(
        self,
        destination: TracedBatchDestination,
        recorder: SpanRecorder,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(destination, recorder, clock=clock)
        self._batches = destination

    async def deliver_batch(self, deliveries: Sequence[Delivery], route: Route) -> Outcome:
        """See the port."""
        began_at, since = self._clock(), trio.current_time()
        outcome = await self._batches.deliver_batch(deliveries, route)
        self._tell(deliveries, route, outcome, began_at, since)
        return outcome
