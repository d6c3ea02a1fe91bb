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
from pulse_router.domain.lane_control import SLOW_SECONDS, Trust

RESERVE_SHARE: Final = 8
"""One worker in eight is kept for lanes that have no attempt under way."""


class _Line:
    """Lanes that wait: those with fewer under way first, then those that came first."""

    def __init__(self) -> None:
        self._by_in_flight: dict[int, OrderedDict[Lane, int]] = {}
        self._place_of: dict[Lane, int] = {}

    def __len__(self) -> int:
        return len(self._place_of)

    def put(self, lane: Lane, ticket: int) -> None:
        self._place_of[lane] = lane.in_flight
        self._by_in_flight.setdefault(lane.in_flight, OrderedDict())[lane] = ticket

    def remove(self, lane: Lane) -> bool:
        in_flight = self._place_of.pop(lane, None)
        if in_flight is None:
            return False
        waiting = self._by_in_flight[in_flight]
        del waiting[lane]
        if not waiting:
            del self._by_in_flight[in_flight]
        return True

    def first(self) -> tuple[int, int, Lane] | None:
        """Find who is first: how many it has under way, its ticket, and the lane."""
        if not self._by_in_flight:
            return None
        in_flight = min(self._by_in_flight)
        lane, ticket = next(iter(self._by_in_flight[in_flight].items()))
        return in_flight, ticket, lane


class Turns:
    """Gives workers to lanes.

    A quarter of the workers is for endpoints that are suspect, and a quarter for those that nobody
    knows yet. An attempt that takes too long moves from the second to the first, which may then
    hold more than its quarter, but both together never more than three.

    Args:
        workers: How many there are.
        on_out: Told of a lane that came out of the line.
    """

    def __init__(self, workers: int, *, on_out: Callable[[Lane], None]) -> None:
        self._workers = workers
        self._on_out = on_out
        self._reserve = workers // RESERVE_SHARE
        self._lines = {trust: _Line() for trust in Trust}
        self._held = dict.fromkeys(Trust, 0)
        self._tickets = 0
        self._taken = 0
        self._under_way: deque[Job] = deque()
        self._idle_workers = trio.lowlevel.ParkingLot()
        self._idle_watch = trio.lowlevel.ParkingLot()
        # How many workers are about to look for an attempt: as long as there is one, none is woken.
        self._searching = workers
        self._is_closed = False

    def waiting(self, trust: Trust) -> int:
        """How many lanes of this kind wait for a worker."""
        return len(self._lines[trust])

    def file(self, lane: Lane, *, ready: bool) -> None:
        """Note whether a lane wants a worker; never waits."""
        was_filed = self._remove(lane)
        if not ready:
            return
        if not was_filed:
            self._tickets += 1
            lane.ticket = self._tickets
        self._lines[lane.health.trust].put(lane, lane.ticket)
        if not self._searching:
            self._wake_worker()

    async def take(self) -> Job | None:
        """Wait for an attempt to make; None once closed."""
        while not self._is_closed:
            job = self._pick()
            self._searching -= 1
            if job is not None:
                self._wake_if_worth_it()
                return job
            await self._idle_workers.park()
        return None

    def end(self, job: Job) -> None:
        """Note that a worker is done with an attempt, and will look for the next one."""
        self._taken -= 1
        self._searching += 1
        job.has_ended = True
        while self._under_way and self._under_way[0].has_ended:
            self._under_way.popleft()

    def weigh(self, trust: Trust, change: int) -> None:
        """Note by how much the workers that one kind of lanes hold have changed."""
        self._held[trust] += change

    def close(self) -> None:
        """Give out nothing any more."""
        self._is_closed = True
        self._searching += len(self._idle_workers.unpark_all())

    async def watch(self) -> None:
        """Mark lanes whose attempts last too long, for ever."""
        while True:
            if not self._under_way:
                await self._idle_watch.park()
            await trio.sleep(SLOW_SECONDS / 2)
            if self._note_slow(trio.current_time()):
                self._wake_if_worth_it()

    def _pick(self) -> Job | None:
        now = trio.current_time()
        while (lane := self._next_lane()) is not None:
            self._remove(lane)
            # A lease may have run out, or a route been paused, while the lane stood in line.
            job = lane.take(now) if lane.may_attempt(now) else None
            if job is not None:
                self._taken += 1
                self._under_way.append(job)
                self._idle_watch.unpark()
            self._on_out(lane)
            if job is not None:
                return job
        return None

    def _next_lane(self) -> Lane | None:
        firsts = [
            first
            for trust, line in self._lines.items()
            if self._has_room_for(trust) and (first := line.first()) is not None
        ]
        if not firsts:
            return None
        in_flight, _, lane = min(firsts, key=lambda first: first[:2])
        if in_flight > 0 and self._workers - self._taken <= self._reserve:
            return None
        return lane

    def _has_room_for(self, trust: Trust) -> bool:
        if trust is Trust.TRUSTED:
            return True
        together = self._held[Trust.UNKNOWN] + self._held[Trust.SUSPECT]
        return self._held[trust] < max(1, self._workers // 4) and together < max(
            1, self._workers * 3 // 4
        )

    def _note_slow(self, now: float) -> bool:
        """Mark lanes whose attempts last too long; tell whether there were any."""
        found = False
        while self._under_way and (
            self._under_way[0].has_ended or now - self._under_way[0].begun_at >= SLOW_SECONDS
        ):
            job = self._under_way.popleft()
            if not job.has_ended:
                found = True
                was_filed = self._remove(job.lane)
                job.lane.note_slow()
                self.file(job.lane, ready=was_filed)
        return found

    def _remove(self, lane: Lane) -> bool:
        """Take a lane out of the lines; tell whether it stood in one."""
        return any(line.remove(lane) for line in self._lines.values())

    def _wake_if_worth_it(self) -> None:
        if not self._searching and self._next_lane() is not None:
            self._wake_worker()

    def _wake_worker(self) -> None:
        self._searching += len(self._idle_workers.unpark())
