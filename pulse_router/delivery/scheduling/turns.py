"""Whose turn it is: gives workers to tenants, and to their lanes.

The tenant that holds fewest workers comes first, then the one that has used least of their time; of
its lanes, the one with fewest attempts under way. What keeps one bad neighbour from holding all
workers is decided here. It knows neither what is delivered nor how.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import trio

from pulse_router.delivery.lane import Lane
from pulse_router.delivery.scheduling.overdue import Overdue
from pulse_router.delivery.scheduling.turn import Turn
from pulse_router.delivery.scheduling.waiting import Waiting
from pulse_router.domain.lanes.control import Trust
from pulse_router.domain.lanes.shares import MOST, MOST_OF_SLOW, Places, may_take
from pulse_router.domain.lanes.tenants import Tenant, Tenants

YIELDED_PER_WORKER: Final = 4
"""How many attempts that last too long there may be for each worker, beside those that hold one."""
MAX_READY: Final = 64
"""How many lanes of a kind may hold deliveries for which there is no worker yet; and how many
tenants, each with one lane."""
FEWEST_SHARED: Final = 4
"""From how many workers on the last is left to tenants that hold none."""


class Turns:
    """Gives workers to lanes.

    Endpoints that are suspect hold a quarter of the workers at the most, those that nobody knows
    yet a half, both together three quarters. An attempt that lasts too long yields: it goes on, and
    its worker is replaced, so that whoever waits needs not wait for it. There may be so many of
    them; beyond, they hold their workers as any other. Of each of these kinds of places a tenant
    holds so many at the most that one that comes new finds some.

    Args:
        workers: How many attempts that have not yielded there may be at once.
        tenants: Who has lanes.
        on_out: Told of a lane that came out of the line.
    """

    def __init__(self, workers: int, tenants: Tenants, *, on_out: Callable[[Lane], None]) -> None:
        self._places = Places(workers)
        self._last = 1 if workers >= FEWEST_SHARED else 0
        self._most_unknown = max(1, workers // 2)
        self._most_suspect = max(1, workers // 4)
        self._most_risked = max(1, workers * 3 // 4)
        self._tenants = tenants
        self._on_out = on_out
        self._waiting = Waiting()
        self._tickets = 0
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

    def may_be_ready(self, tenant: Tenant, trust: Trust) -> bool:
        """Tell whether one more lane of a tenant may get deliveries to wait for a worker with."""
        theirs = self._waiting.count_of(tenant, trust)
        if not theirs:
            return self._waiting.tenants(trust) < MAX_READY
        return may_take(theirs, MAX_READY - self._waiting.count(trust))

    def file(self, lane: Lane, *, ready: bool) -> None:
        """Note whether a lane wants a worker; never waits."""
        if not ready:
            self._waiting.remove(lane)
            return
        if lane not in self._waiting:
            self._tickets += 1
            lane.ticket = self._tickets
            if not self._waiting.has_some_of(lane.tenant):
                self._places.join(lane.tenant.workers)
        self._waiting.put(lane)
        if not self._searching and self._idle_workers and self._may_have_worker(lane):
            self._wake_worker()

    # What workers do.

    async def hire(self) -> bool:
        """Wait until there are fewer workers than there should be; False once closed."""
        while not self._is_closed:
            if self._hired < self._places.total + self._yielded:
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
            if self._hired > self._places.total + self._yielded:
                break
            await self._idle_workers.park()
        self._hired -= 1
        return None

    def stay(self, lane: Lane, now: float) -> Turn | None:
        """Give a worker that is done with an attempt of a lane its next one, if no other waits.

        The lane is to be filed again.
        """
        if self._is_closed or not self._waiting.is_alone(lane) or not self._may_have_worker(lane):
            return None
        turn = self._begin(lane, now)
        if turn is not None:
            self._searching -= 1
        return turn

    def note_answer(self, turn: Turn) -> None:
        """Note that an attempt is over; its worker may still have to wait for the settler."""
        self._overdue.remove(turn)
        if self._stubborn:
            self._stubborn.pop(turn, None)

    def end(self, turn: Turn, now: float) -> None:
        """Note that a worker is done with an attempt, and will look for the next one."""
        self._searching += 1
        if turn.has_yielded:
            self._yielded -= 1
            turn.lane.tenant.yielded -= 1
            self._let_yield()
        else:
            self._free_worker(turn, now)

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
                turn.lane.note_slow()
                if turn.lane in self._waiting:
                    self._waiting.put(turn.lane)
                if not turn.has_yielded:
                    self._stubborn[turn] = None
            self._let_yield()
            self._wake_if_worth_it()

    def _let_yield(self) -> None:
        now = trio.current_time()
        for turn in list(self._stubborn):
            if self._may_yield(turn.lane):
                del self._stubborn[turn]
                turn.has_yielded = True
                turn.lane.endpoint.note_worker_free()
                self._free_worker(turn, now)
                self._yielded += 1
                turn.lane.tenant.yielded += 1
        self._idle_hirer.unpark()

    def _may_yield(self, lane: Lane) -> bool:
        """Tell whether one more may; of endpoints that nobody knows yet there may be more."""
        most = MOST if lane.health.trust is Trust.UNKNOWN else MOST_OF_SLOW
        return may_take(lane.tenant.yielded, self._most_yielded - self._yielded, most)

    # Who comes next.

    def _pick(self) -> Turn | None:
        while (lane := self._next_lane()) is not None:
            self._waiting.remove(lane)
            turn = self._begin(lane, trio.current_time())
            self._on_out(lane)
            if turn is not None:
                return turn
        return None

    def _begin(self, lane: Lane, now: float) -> Turn | None:
        """Begin an attempt, if the lane has one still.

        A lease may have run out, or a route been paused, while the lane stood in line.
        """
        was_unknown = lane.health.trust is Trust.UNKNOWN
        job = lane.take(now)
        if job is None:
            return None
        turn = Turn(lane, job)
        self._places.begin(lane.tenant.workers)
        self._waiting.update(lane.tenant)
        self._overdue.add(turn, is_first=was_unknown)
        return turn

    def _free_worker(self, turn: Turn, now: float) -> None:
        tenant = turn.lane.tenant
        self._places.end(tenant.workers, now - turn.job.begun_at)
        self._waiting.update(tenant)

    def _next_lane(self) -> Lane | None:
        """Find the lane that comes first of those that may have a worker.

        Only tenants that hold some are passed over, so that never many are looked at.
        """
        if not self._places.free:
            return None
        if (only := self._waiting.only) is not None:
            return only if self._may_have_worker(only) else None
        found = None
        for firsts in self._waiting.firsts():
            for lane in firsts:
                if self._may_have_worker(lane):
                    if found is None or _place_of(lane) < _place_of(found):
                        found = lane
                    break
        return found

    def _may_have_worker(self, lane: Lane) -> bool:
        """Tell whether there is a worker for a lane."""
        tenant, endpoint = lane.tenant, lane.endpoint
        most = MOST_OF_SLOW if endpoint.in_flight else MOST
        if not may_take(tenant.workers.held, self._places.free, most, self._last):
            return False
        trust = endpoint.health.trust
        return trust is Trust.TRUSTED or self._may_risk(tenant, trust)

    def _may_risk(self, tenant: Tenant, trust: Trust) -> bool:
        """Tell whether a tenant may have one more worker for endpoints that may not answer soon.

        One that has none for such may always: others' attempts may have been thought better of.
        """
        theirs, all_held = tenant.by_trust, self._tenants.by_trust
        risked = theirs[Trust.UNKNOWN] + theirs[Trust.SUSPECT]
        if not risked:
            return True
        left = self._most_risked - all_held[Trust.UNKNOWN] - all_held[Trust.SUSPECT]
        if not may_take(risked, left):
            return False
        if trust is Trust.SUSPECT:
            return theirs[trust] < self._most_suspect
        return may_take(theirs[trust], self._most_unknown - all_held[trust])

    def _wake_if_worth_it(self) -> None:
        if not self._searching and self._idle_workers and self._next_lane() is not None:
            self._wake_worker()

    def _wake_worker(self) -> None:
        self._searching += len(self._idle_workers.unpark())


def _place_of(lane: Lane) -> tuple[int, float, int, int, int]:
    share = lane.tenant.workers
    return share.held, share.used, share.number, lane.in_flight, lane.ticket
