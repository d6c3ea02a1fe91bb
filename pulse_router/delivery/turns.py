"""Whose turn it is: gives workers to lanes, those with fewer attempts under way first.

What keeps one bad neighbour from holding all workers is decided here. It knows neither what is
delivered nor how.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import trio

from pulse_router.delivery.lane import Lane
from pulse_router.delivery.overdue import Overdue
from pulse_router.delivery.turn import Turn
from pulse_router.domain.lanes.control import Trust

RESERVE_SHARE: Final = 8
"""One worker in eight is kept for lanes that have no attempt under way."""
YIELDED_PER_WORKER: Final = 4
"""How many attempts that last too long there may be for each worker, beside those that hold one."""


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

    def remove(self, lane: Lane) -> None:
        in_flight = self._place_of.pop(lane)
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

    Endpoints that are suspect hold a quarter of the workers at the most, those that nobody knows
    yet a half, both together three quarters. An attempt that lasts too long yields: it goes on, and
    its worker is replaced, so that whoever waits needs not wait for it. There may be so many of
    them; beyond, they hold their workers as any other.

    Args:
        workers: How many attempts that have not yielded there may be at once.
        on_out: Told of a lane that came out of the line.
    """

    def __init__(self, workers: int, *, on_out: Callable[[Lane], None]) -> None:
        self._workers = workers
        self._on_out = on_out
        self._reserve = workers // RESERVE_SHARE
        self._lines = {trust: _Line() for trust in Trust}
        self._line_of: dict[Lane, _Line] = {}
        self._held = dict.fromkeys(Trust, 0)
        self._tickets = 0
        self._taken = 0
        self._yielded = 0
        self._most_yielded = workers * YIELDED_PER_WORKER
        self._overdue = Overdue()
        self._stubborn: OrderedDict[Turn, None] = OrderedDict()
        self._idle_workers = trio.lowlevel.ParkingLot()
        self._idle_hirer = trio.lowlevel.ParkingLot()
        self._hired = 0
        # How many workers are about to look for an attempt: as long as there is one, none is woken.
        self._searching = 0
        self._is_closed = False

    @property
    def yielded(self) -> int:
        """How many attempts under way have yielded."""
        return self._yielded

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
        line = self._line_of[lane] = self._lines[lane.health.trust]
        line.put(lane, lane.ticket)
        if not self._searching:
            self._wake_worker()

    # What workers do.

    async def hire(self) -> bool:
        """Wait until there are fewer workers than there should be; False once closed."""
        while not self._is_closed:
            if self._hired < self._workers + self._yielded:
                self._hired += 1
                self._searching += 1
                return True
            await self._idle_hirer.park()
        return False

    async def take(self) -> Turn | None:
        """Wait for an attempt to make; None for a worker that is no longer needed."""
        while not self._is_closed:
            turn = self._pick()
            self._searching -= 1
            if turn is not None:
                self._wake_if_worth_it()
                return turn
            if self._hired > self._workers + self._yielded:
                break
            await self._idle_workers.park()
        self._hired -= 1
        return None

    def stay(self, lane: Lane) -> Turn | None:
        """Give a worker that is done with an attempt of a lane its next one, if no other waits.

        The lane is to be filed again.
        """
        is_alone = not self._line_of or (len(self._line_of) == 1 and lane in self._line_of)
        if self._is_closed or not is_alone or not self._may_have_worker(lane):
            return None
        turn = self._begin(lane)
        if turn is not None:
            self._searching -= 1
        return turn

    def note_answer(self, turn: Turn) -> None:
        """Note that an attempt is over; its worker may still have to wait for the settler."""
        self._overdue.remove(turn)
        self._stubborn.pop(turn, None)

    def end(self, turn: Turn) -> None:
        """Note that a worker is done with an attempt, and will look for the next one."""
        self._searching += 1
        if turn.has_yielded:
            self._yielded -= 1
            self._let_yield()
        else:
            self._taken -= 1

    def weigh(self, trust: Trust, change: int) -> None:
        """Note by how much the workers that one kind of lanes hold have changed."""
        self._held[trust] += change

    def close(self) -> None:
        """Give out nothing any more."""
        self._is_closed = True
        self._searching += len(self._idle_workers.unpark_all())
        self._idle_hirer.unpark_all()

    # What lasts too long.

    async def watch(self) -> None:
        """Let attempts yield that last too long, and mark their lanes, for ever."""
        while True:
            await self._overdue.wait()
            now = trio.current_time()
            self._stubborn.update(dict.fromkeys(self._overdue.hesitant(now)))
            for turn in self._overdue.slow(now):
                was_filed = self._remove(turn.lane)
                turn.lane.note_slow()
                self.file(turn.lane, ready=was_filed)
                if not turn.has_yielded:
                    self._stubborn[turn] = None
            self._let_yield()
            self._wake_if_worth_it()

    def _let_yield(self) -> None:
        for turn in list(self._stubborn):
            if self._may_yield(turn.lane.health.trust):
                del self._stubborn[turn]
                turn.has_yielded = True
                turn.lane.endpoint.note_worker_free()
                self._taken -= 1
                self._yielded += 1
        self._idle_hirer.unpark()

    def _may_yield(self, trust: Trust) -> bool:
        """Tell whether one more may; the last quarter is for those that nobody knows yet."""
        share = self._most_yielded * (3 if trust is Trust.SUSPECT else 4) // 4
        return self._yielded < share

    # Who comes next.

    def _pick(self) -> Turn | None:
        while (lane := self._next_lane()) is not None:
            self._remove(lane)
            turn = self._begin(lane)
            self._on_out(lane)
            if turn is not None:
                return turn
        return None

    def _begin(self, lane: Lane) -> Turn | None:
        """Begin an attempt, if the lane has one still.

        A lease may have run out, or a route been paused, while the lane stood in line.
        """
        now, was_unknown = trio.current_time(), lane.health.trust is Trust.UNKNOWN
        job = lane.take(now)
        if job is None:
            return None
        turn = Turn(lane, job)
        self._taken += 1
        self._overdue.add(turn, is_first=was_unknown)
        return turn

    def _next_lane(self) -> Lane | None:
        firsts = [
            first
            for trust, line in self._lines.items()
            if self._has_room_for(trust) and (first := line.first()) is not None
        ]
        if not firsts:
            return None
        _, _, lane = min(firsts, key=lambda first: first[:2])
        return lane if self._may_have_worker(lane) else None

    def _may_have_worker(self, lane: Lane) -> bool:
        """Tell whether there is a worker for the lane that comes first."""
        kept = self._reserve if lane.in_flight else 0
        return self._workers - self._taken > kept and self._has_room_for(lane.health.trust)

    def _has_room_for(self, trust: Trust) -> bool:
        if trust is Trust.TRUSTED:
            return True
        share = self._workers // (2 if trust is Trust.UNKNOWN else 4)
        together = self._held[Trust.UNKNOWN] + self._held[Trust.SUSPECT]
        return self._held[trust] < max(1, share) and together < max(1, self._workers * 3 // 4)

    def _remove(self, lane: Lane) -> bool:
        """Take a lane out of its line; tell whether it stood in one."""
        line = self._line_of.pop(lane, None)
        if line is not None:
            line.remove(lane)
        return line is not None

    def _wake_if_worth_it(self) -> None:
        if not self._searching and self._next_lane() is not None:
            self._wake_worker()

    def _wake_worker(self) -> None:
        self._searching += len(self._idle_workers.unpark())
