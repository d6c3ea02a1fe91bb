"""The laws of a replay: claimed first, by the route as it is now, under the old id."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from pulse_router.delivery.replay import Replayer, ReplayStatus
from pulse_router.domain.deliveries import AttemptRecord, ClaimRefused, DeadLetter, DeadLetterStatus
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.leases import CLAIM_SECONDS
from tests.support.delivery.dead_letters import make_dead_letter
from tests.support.delivery.deliveries import FakeRoutes, Outage, make_route
from tests.support.delivery.destinations import FAILED, FakeDestination
from tests.support.delivery.direct_attempts import DirectAttempts


class FakeReplayStore:
    """One dead letter in memory."""

    def __init__(self) -> None:
        self.outage = Outage()
        self.claimed_until = 0.0
        self.letter = make_dead_letter(5, 42, 42)
        self.counted: list[int | None] = []

    async def claim(
        self, tenant_id: str | None, dead_letter_id: int, *, seconds: float
    ) -> DeadLetter | ClaimRefused:
        await self.outage.check()
        if tenant_id not in (None, "TENANT1") or dead_letter_id != 5:
            return ClaimRefused.NOT_FOUND
        if self.letter.status is not DeadLetterStatus.FAILED:
            return ClaimRefused.NOT_FAILED
        if self.claimed_until > trio.current_time():
            return ClaimRefused.BUSY
        self.claimed_until = trio.current_time() + seconds
        return self.letter

    async def mark_replayed(
        self,
        tenant_id: str | None,
        dead_letter_id: int,
        record: AttemptRecord,
        *,
        job_id: int | None = None,
    ) -> None:
        self.counted.append(job_id)
        assert (tenant_id, dead_letter_id) in {("TENANT1", 5), (None, 5)}
        await self.outage.check()
        self.letter = attrs.evolve(
            self.letter,
            status=DeadLetterStatus.REPLAYED,
            history=[*self.letter.history, record],
        )

    async def release(
        self,
        tenant_id: str | None,
        dead_letter_id: int,
        *,
        failed: AttemptRecord | None,
        job_id: int | None = None,
    ) -> None:
        self.counted.append(job_id)
        assert (tenant_id, dead_letter_id) in {("TENANT1", 5), (None, 5)}
        await self.outage.check()
        self.claimed_until = 0.0
        if failed is not None:
            self.letter = attrs.evolve(
                self.letter,
                error_message=failed.error,
                attempts=self.letter.attempts + 1,
                history=[*self.letter.history, failed],
            )


@attrs.define(eq=False)
class Scene:
    store: FakeReplayStore
    routes: FakeRoutes
    destination: FakeDestination
    replayer: Replayer


def make_scene(destination: FakeDestination | None = None, *routes: Any) -> Scene:
    store, book = FakeReplayStore(), FakeRoutes(*(routes or (make_route(1),)))
    destination = destination or FakeDestination()
    return Scene(store, book, destination, Replayer(store, book, DirectAttempts(destination)))


async def test_a_replay_that_succeeds_is_marked() -> None:
    scene = make_scene()
    result = await scene.replayer.replay("TENANT1", 5)
    assert (result.status, result.error) == (ReplayStatus.REPLAYED, "")
    assert scene.store.letter.status is DeadLetterStatus.REPLAYED
    (attempt,) = scene.destination.attempts
    assert (attempt.delivery_id, attempt.number) == (42, 6)


async def test_a_replay_that_fails_leaves_it_failed_with_the_new_error() -> None:
    scene = make_scene(FakeDestination(lambda *_: FAILED))
    result = await scene.replayer.replay("TENANT1", 5)
    assert (result.status, result.error) == (ReplayStatus.FAILED, "HTTP 503")
    assert scene.store.letter.attempts == 6
    assert scene.store.claimed_until == 0


@pytest.mark.parametrize(
    ("tenant_id", "number", "status"),
    [
        ("TENANT2", 5, ReplayStatus.NOT_FOUND),
        ("TENANT1", 6, ReplayStatus.NOT_FOUND),
        (None, 5, ReplayStatus.REPLAYED),
    ],
)
async def test_a_dead_letter_is_its_tenants_and_the_operators(
    tenant_id: str | None, number: int, status: ReplayStatus
) -> None:
    assert (await make_scene().replayer.replay(tenant_id, number)).status is status


async def test_what_was_replayed_is_not_replayed_again() -> None:
    scene = make_scene()
    await scene.replayer.replay("TENANT1", 5)
    result = await scene.replayer.replay("TENANT1", 5)
    assert result.status is ReplayStatus.NOT_FAILED
    assert len(scene.destination.attempts) == 1


async def test_two_replays_at_once_send_it_once(autojump_clock: MockClock) -> None:
    scene = make_scene(FakeDestination(seconds=lambda _: 1.0))
    results = []

    async def replay() -> None:
        results.append((await scene.replayer.replay("TENANT1", 5)).status)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(replay)
        nursery.start_soon(replay)
    assert sorted(results) == [ReplayStatus.BUSY, ReplayStatus.REPLAYED]
    assert len(scene.destination.attempts) == 1


async def test_a_route_that_is_gone_needs_another_of_the_same_tenant() -> None:
    other = attrs.evolve(make_route(3), tenant_id="TENANT2")
    scene = make_scene(None, make_route(2), other)
    assert (await scene.replayer.replay("TENANT1", 5)).status is ReplayStatus.ROUTE_GONE
    result = await scene.replayer.replay("TENANT1", 5, route_id=3)
    assert result.status is ReplayStatus.ROUTE_GONE
    assert scene.destination.attempts == []
    assert scene.store.letter.attempts == 5
    result = await scene.replayer.replay("TENANT1", 5, route_id=2)
    assert result.status is ReplayStatus.REPLAYED
    assert scene.destination.attempts[0].route.id == 2


async def test_a_cancelled_replay_gives_its_claim_back(autojump_clock: MockClock) -> None:
    scene = make_scene(FakeDestination(seconds=lambda _: float("inf")))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(scene.replayer.replay, "TENANT1", 5)
        await wait_all_tasks_blocked()
        assert scene.store.claimed_until == CLAIM_SECONDS
        nursery.cancel_scope.cancel()
    assert scene.store.claimed_until == 0
    assert scene.store.letter.attempts == 5


async def test_a_success_that_cannot_be_written_is_not_called_one(
    autojump_clock: MockClock,
) -> None:
    scene = make_scene()
    respond = scene.destination.respond

    def cut(*args: Any) -> Any:
        scene.store.outage.is_out = True
        return respond(*args)

    scene.destination.respond = cut
    with pytest.raises(Unavailable):
        await scene.replayer.replay("TENANT1", 5)
    assert scene.store.letter.status is DeadLetterStatus.FAILED
