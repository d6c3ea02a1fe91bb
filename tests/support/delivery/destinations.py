"""A destination that answers as a test wants, and remembers its attempts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import trio

from pulse_router.domain.deliveries import (
    Delivery,
    Outcome,
    Verdict,
)
from pulse_router.domain.routes import Route


@attrs.frozen
class Attempt:
    """An attempt that a fake destination has seen."""

    delivery_id: int
    route: Route
    number: int
    at_seconds: float


DELIVERED = Outcome(Verdict.DELIVERED, status=200)
FAILED = Outcome(Verdict.RETRY, error="HTTP 503", status=503)
DEAD = Outcome(Verdict.DEAD, error="HTTP 404", status=404)


class FakeDestination:
    """A destination that does what the test says, and checks that nothing is attempted twice at
    once."""

    def __init__(
        self,
        respond: Callable[[Delivery, Route, int], Outcome] = lambda *_: DELIVERED,
        *,
        seconds: Callable[[Route], float] = lambda _: 0.0,
    ) -> None:
        self.respond = respond
        self.seconds = seconds
        self.attempts: list[Attempt] = []
        self.under_way: set[int] = set()
        self.most_under_way: dict[int, int] = {}
        self.cancelled: list[int] = []
        self.batches: list[list[int]] = []

    async def deliver_batch(self, deliveries: Sequence[Delivery], route: Route) -> Outcome:
        self.batches.append([delivery.id for delivery in deliveries])
        outcomes = []
        async with trio.open_nursery() as nursery:

            async def deliver(delivery: Delivery) -> None:
                number = delivery.attempts + 1
                outcomes.append(await self.deliver(delivery, route, attempt=number))

            for delivery in deliveries:
                nursery.start_soon(deliver, delivery)
        return outcomes[0]

    async def deliver(self, delivery: Delivery, route: Route, *, attempt: int) -> Outcome:
        assert delivery.id not in self.under_way, "attempted twice at once"
        self.attempts.append(Attempt(delivery.id, route, attempt, trio.current_time()))
        self.under_way.add(delivery.id)
        self._count(route)
        try:
            await trio.sleep(self.seconds(route))
        except trio.Cancelled:
            self.cancelled.append(delivery.id)
            raise
        finally:
            self.under_way.discard(delivery.id)
        return self.respond(delivery, route, attempt)

    def _count(self, route: Route) -> None:
        count = len(self.under_way)
        self.most_under_way[route.id] = max(self.most_under_way.get(route.id, 0), count)

    @property
    def attempted(self) -> list[int]:
        return [attempt.delivery_id for attempt in self.attempts]
