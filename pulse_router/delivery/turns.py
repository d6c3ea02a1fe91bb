"""Whose turn it is: gives workers to lanes, those with fewer attempts under way first.

What keeps one bad neighbour from holding all workers is decided here. It knows neither what is
delivered nor how.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

import trio

from pulse_router.delivery.lane import Job, Lane
from pulse_router.domain.lane_control import SLOW_SECONDS

UNTRUSTED_SHARE: Final = 2
"""Lanes that failed last, are slow, or are not known yet, hold one worker in two at the most."""
RESERVE_SHARE: Final = 8
"""One worker in eight is kept for lanes that have no attempt under way."""


class _Line:
    """Lanes that wait: those with fewer under way first, then those that came first."""

    def __init__(self) -> None:
        self._by_in_flight: dict[int, OrderedDict[Lane, int]] = {}
        self._place_of: dict[Lane, int] = {}

    def __len__(self) -> int:
        return len(self._place_of)

    def __contains__(self, lane: Lane) -> bool:
        return lane in self._place_of

    def put(self, lane: Lane, ticket: int) -> None:
        self._place_of[lane] = lane.in_flight
        self._by_in_flight.setdefault(lane.in_flight, OrderedDict())[lane] = ticket

    def remove(self, lane: Lane) -> None:
        in_flight = self._place_of.pop(lane, None)
        if in_flight is not None:
            waiting = self._by_in_flight[in_flight]
            del waiting[lane]
            if not waiting:
                del self._by_in_flight[in_flight]

    def first(self) -> tuple[int, int, Lane] | None:
        """Find who is first: how many it has under way, its ticket, and the lane."""
        if not self._by_in_flight:
            return None
        in_flight = min(self._by_in_flight)
        lane, ticket = next(iter(self._by_in_flight[in_flight].items()))
        return in_flight, ticket, lane


class Turns:
    """Gives workers to lanes.

    Args:
        workers: How many there are.
        on_taken: Told of a lane that was given a worker.
    """

    def __init__(self, workers: int, *, on_taken: Callable[[Lane], None]) -> None:
        self._workers = workers
        self._on_taken = on_taken
        self._reserve = workers // RESERVE_SHARE
        self._most_untrusted = max(1, workers // UNTRUSTED_SHARE)
        self._trusted = _Line()
        self._untrusted = _Line()
        self._tickets = 0
        self._taken = 0
        self._held_untrusted = 0
        self._under_way: deque[Job] = deque()
        self._idle_workers = trio.lowlevel.ParkingLot()
        # How many workers are about to look for an attempt: as long as there is one, none is woken.
        self._searching = workers
        self._is_closed = False

    def waiting(self, *, trusted: bool) -> int:
        """How many lanes wait for a worker."""
        return len(self._trusted if trusted else self._untrusted)

    def file(self, lane: Lane, *, ready: bool) -> None:
        """Note whether a lane wants a worker; never waits."""
        is_filed = lane in self._trusted or lane in self._untrusted
        self._trusted.remove(lane)
        self._untrusted.remove(lane)
        if not ready:
            return
        if not is_filed:
            self._tickets += 1
            lane.ticket = self._tickets
        (self._trusted if lane.health.is_trusted else self._untrusted).put(lane, lane.ticket)
        if not self._searching:
            self._wake_worker()

    async def take(self) -> Job | None:
        """Wait for an attempt to make; None once closed."""
        while not self._is_closed:
            job = self._pick()
            self._searching -= 1
            if job is not None:
                if not self._searching and self._next_lane() is not None:
                    self._wake_worker()
                return job
            await self._idle_workers.park()
        return None

    def _wake_worker(self) -> None:
        self._searching += len(self._idle_workers.unpark())

    def end(self, job: Job) -> None:
        """Note that a worker is done with an attempt, and will look for the next one."""
        self._taken -= 1
        self._searching += 1
        job.has_ended = True
        while self._under_way and self._under_way[0].has_ended:
            self._under_way.popleft()

    def weigh(self, change: int) -> None:
        """Note by how much the workers that lanes without trust hold have changed."""
        self._held_untrusted += change

    def close(self) -> None:
        """Give out nothing any more."""
        self._is_closed = True
        self._searching += len(self._idle_workers.unpark_all())

    def _pick(self) -> Job | None:
        now = trio.current_time()
        self._note_slow(now)
        lane = self._next_lane()
        if lane is None:
            return None
        self._trusted.remove(lane)
        self._untrusted.remove(lane)
        job = lane.take(now)
        self._taken += 1
        self._under_way.append(job)
        self._on_taken(lane)
        return job

    def _next_lane(self) -> Lane | None:
        lines = [self._trusted]
        if self._held_untrusted < self._most_untrusted:
            lines.append(self._untrusted)
        firsts = [first for line in lines if (first := line.first()) is not None]
        if not firsts:
            return None
        in_flight, _, lane = min(firsts, key=lambda first: first[:2])
        if in_flight > 0 and self._workers - self._taken <= self._reserve:
            return None
        return lane

    def _note_slow(self, now: float) -> None:
        """Take the trust from lanes whose attempts last too long."""
        while self._under_way and (
            self._under_way[0].has_ended or now - self._under_way[0].begun_at >= SLOW_SECONDS
        ):
            job = self._under_way.popleft()
            if not job.has_ended and job.lane.note_slow():
                self.file(job.lane, ready=job.lane in self._trusted)
