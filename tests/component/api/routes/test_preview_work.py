"""A preview in virtual time: a line each second, and an end after thirty."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import attrs
import trio
import trio.testing
from msgspec import UNSET

from pulse_router.api.routes.preview_bodies import PreviewLine, PreviewResult
from pulse_router.api.routes.preview_work import PreviewWork, Sources
from pulse_router.domain.deliveries import Delivery, NotAttempted
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.route_stats import LaneStats
from pulse_router.domain.routes import DestinationType, Route, RouteDraft
from pulse_router.domain.telemetry import MessageRange, StoredMessage

NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)
DRAFT = RouteDraft(
    name="All",
    topic_filter="#",
    destination_type=DestinationType.WEBHOOK,
    destination_config={},
    payload_filter=None,
    is_enabled=True,
)


@attrs.define
class SlowSource:
    """Gives a message a page, and takes its time."""

    seconds: float
    fails_from: int = 1_000_000

    async def find_range(
        self, tenant_id: str, *, after: int, up_to: int, most: int
    ) -> MessageRange | None:
        raise AssertionError((tenant_id, after, up_to, most))

    async def load_page(self, tenant_id: str, *, after: int, up_to: int) -> Sequence[StoredMessage]:
        await trio.sleep(self.seconds)
        if after >= self.fails_from:
            raise Unavailable(f"the database of {tenant_id} is away")
        one = StoredMessage(after + 1, NOON, NOON, "DEV-001", None, "telemetry", "{}", None)
        return [one] if after < up_to else []


class NoDelivery:
    """Nobody attempts anything."""

    async def attempt(self, delivery: Delivery, route: Route, *, is_urgent: bool) -> NotAttempted:
        raise AssertionError((delivery, route, is_urgent))

    def stats(self, route_id: int) -> LaneStats | None:
        raise AssertionError(route_id)


def work(source: SlowSource, *, up_to: int = 1_000_000, has_more: bool = False) -> PreviewWork:
    sources = Sources(source, NoDelivery(), lambda: False, trio.Event())
    made = PreviewWork(sources, "TENANT1", DRAFT, None, is_bounded=False)
    made.range = MessageRange(0, up_to, has_more=has_more)
    return made


async def lines(preview: PreviewWork) -> tuple[list[PreviewLine], PreviewResult]:
    found: list[PreviewLine] = []
    while True:
        line = await preview.next_line()
        if line.result is not UNSET:
            return found, line.result
        found.append(line)


async def test_a_line_comes_each_second_and_the_end_after_thirty(
    autojump_clock: trio.testing.MockClock,
) -> None:
    progress, result = await lines(work(SlowSource(0.1)))
    assert 28 <= len(progress) <= 30
    seen = [line.progress.looked_at for line in progress if line.progress is not UNSET]
    assert seen == sorted(seen)
    assert result.stopped_by == "seconds"
    assert not result.is_complete
    assert 290 <= result.looked_at <= 300
    assert 30 <= result.seconds < 31


async def test_all_that_was_asked_for_is_complete(autojump_clock: trio.testing.MockClock) -> None:
    _, result = await lines(work(SlowSource(0.01), up_to=5))
    assert (result.looked_at, result.is_complete, result.stopped_by) == (5, True, None)
    _, result = await lines(work(SlowSource(0.01), up_to=5, has_more=True))
    assert (result.looked_at, result.is_complete, result.stopped_by) == (5, False, "messages")


async def test_a_database_that_goes_ends_it_with_what_was_seen(
    autojump_clock: trio.testing.MockClock,
) -> None:
    _, result = await lines(work(SlowSource(0.01, fails_from=3)))
    assert (result.looked_at, result.stopped_by) == (3, "database")
