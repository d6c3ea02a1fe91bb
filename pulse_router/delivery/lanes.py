"""All the lanes that there are: made when a route has work, gone when it has none.

After whatever happens to a lane it is looked at once, and filed where its next thing is done: at
the workers, at the database, or with the alarm clock. None of that waits.
"""

from __future__ import annotations

import itertools
import random as random_module
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Final

import trio

from pulse_router.delivery.alarms import Alarms
from pulse_router.delivery.handover import Handover
from pulse_router.delivery.jobs import RequestedAttempt
from pulse_router.delivery.lane import Lane
from pulse_router.delivery.leases import Hold
from pulse_router.delivery.marks import Marks
from pulse_router.delivery.receiver.endpoint import Endpoint
from pulse_router.delivery.receiver.memories import Memories, Memory
from pulse_router.delivery.receiver.terms import Terms, stats_of
from pulse_router.delivery.route_book import RouteBook
from pulse_router.delivery.scheduling.steady import goes_on
from pulse_router.delivery.scheduling.table_line import TableLine
from pulse_router.delivery.scheduling.turn import Turn
from pulse_router.delivery.scheduling.turns import Turns
from pulse_router.delivery.table_work import TableWork
from pulse_router.domain.deliveries import Outcome
from pulse_router.domain.lanes.budget import ByteBudget
from pulse_router.domain.lanes.control import Health, ProbePlaces
from pulse_router.domain.lanes.tenants import Tenants
from pulse_router.domain.leases import partition_of
from pulse_router.domain.messages import NewDelivery
from pulse_router.domain.route_stats import LaneStats, Latency
from pulse_router.runtime.stride import Stride

LANE_SHARE: Final = 2
"""One lane has one worker in two at the most."""
LOADED_AT_ONCE: Final = 100
"""Routes that one query loads: 5 ms of work for the database, and 2 ms of ours."""
_NEVER: Final = float("inf")


class Lanes:
    """The lanes.

    Args:
        book: The routes as they are now.
        workers: How many attempts are made at once, by all lanes together.
        hold_of: Tells how a route's lane is held, if it may work.
        budget: The bytes of deliveries that all lanes together may hold.
        random: Gives numbers from 0 up to 1, for the jitter.
    """

    def __init__(
        self,
        book: RouteBook,
        *,
        workers: int,
        hold_of: Callable[[int], Hold | None],
        budget: ByteBudget | None = None,
        random: Callable[[], float] = random_module.random,
    ) -> None:
        self._random = random
        self._book = book
        self._hold_of = hold_of
        self._most = max(1, workers // LANE_SHARE)
        self._tenants = Tenants()
        self.turns = Turns(workers, self._tenants, on_out=self.advance)
        self.handover = Handover()
        self._lanes: dict[int, Lane] = {}
        self._memories = Memories()
        self._table = TableLine(self.turns.may_be_ready, self._settle_tenant)
        self._fetchers = trio.lowlevel.ParkingLot()
        self._alarms = Alarms()
        self._budget = budget or ByteBudget()
        self._probes = ProbePlaces()

    @property
    def count(self) -> int:
        """How many routes have work."""
        return len(self._lanes)

    @property
    def marks(self) -> Sequence[tuple[int, Marks]]:
        """Where the looks of each route begin."""
        of_lanes = [(lane.route_id, lane.marks) for lane in self._lanes.values()]
        return of_lanes + self._memories.marks

    @property
    def held(self) -> int:
        """How many of them wait, for their receiver has asked for it."""
        return sum(lane.endpoint.is_held for lane in self._lanes.values())

    @property
    def open_breakers(self) -> frozenset[int]:
        """The routes that have work and whose breaker is open."""
        return frozenset(each for each, it in self._lanes.items() if it.health.breaker.is_open)

    def health(self, route_id: int) -> Health:
        """Tell how a route's endpoint does."""
        return (self._lanes.get(route_id) or self._memories.look_up(route_id)).health

    def stats(self, route_id: int, latency: Latency | None, *, utc_now: datetime) -> LaneStats:
        """Tell how a route's attempts go lately, which took so long."""
        lane = self._lanes.get(route_id)
        terms = self._memories.look_up(route_id).terms if lane is None else lane.endpoint.terms
        return stats_of(self.health(route_id), terms or Terms(), latency, utc_now=utc_now)

    def wake(self, route_id: int) -> None:
        """Note that a route may have new deliveries."""
        if (lane := self._held_lane_of(route_id)) is not None:
            lane.wake()
            self.advance(lane)

    def hurry(self, route_id: int, *, resumes: bool) -> None:
        """Note that deliveries of a route are due sooner than they were."""
        if (lane := self._held_lane_of(route_id)) is not None:
            lane.hurry()
            lane.endpoint.hurry(trio.current_time(), resumes=resumes)
            self.advance(lane)

    def offer(self, route_id: int, deliveries: Sequence[NewDelivery]) -> None:
        """Let a route's lane have deliveries that are new in the table."""
        if (lane := self._held_lane_of(route_id)) is not None:
            lane.offer(deliveries, trio.current_time())
            self.advance(lane)

    def request(self, request: RequestedAttempt) -> None:
        """Let an attempt that somebody asks for take its turn in its route's lane.

        It needs no lease: its delivery is nobody else's.
        """
        lane = self._lane_of(request.plan.route.id)
        self._settle_tenant(lane, request.plan.route.tenant_id)
        # While an urgent one finds out how the endpoint does, the others wait for that.
        waits = request.is_urgent or lane.requests.is_busy
        refusal = None if waits else lane.endpoint.refuses_patient(trio.current_time())
        if refusal is not None:
            request.end(refusal)
        else:
            lane.requests.add(request)
        self.advance(lane)

    def withdraw(self, request: RequestedAttempt) -> None:
        """Take back what nobody waits for any more; what is under way is cancelled."""
        if (lane := self._lanes.get(request.plan.route.id)) is not None:
            lane.requests.withdraw(request)
            self.advance(lane)

    def refuse_requests(self, reason: str) -> None:
        """Send away those who wait for an attempt that is not begun."""
        for lane in list(self._lanes.values()):
            lane.requests.refuse_all(reason)

    def busy_partitions(self) -> Collection[int]:
        """List the partitions that have attempts under way or not settled yet."""
        return {partition_of(lane.route_id) for lane in self._lanes.values() if lane.has_in_hand}

    def let_go(self, lane: Lane, delivery_ids: Collection[int]) -> None:
        """Note that deliveries of a lane are no longer in hand; it is not looked at yet."""
        lane.let_go(delivery_ids)
        self.handover.note_ended(delivery_ids)

    async def look_again(self) -> None:
        """Note that any route may have changed."""
        stride = Stride()
        for lane in list(self._lanes.values()):
            self.advance(lane)
            await stride.step()

    def attempted(self, turn: Turn, outcome: Outcome | None) -> Turn | None:
        """Note that an attempt is over, and give its worker the next, if it is clear which is."""
        lane, now, health = turn.lane, trio.current_time(), turn.lane.health
        if not turn.has_yielded:
            lane.endpoint.note_worker_free()
        if outcome is None:
            lane.abandoned(turn.job)
        else:
            lane.attempted(turn.job, outcome, now)
        self.turns.end(turn, now)
        following = self.turns.stay(lane, now)
        if not goes_on(turn, following, outcome, before=health, now=now):
            self.advance(lane)
        return following

    def advance(self, lane: Lane) -> None:
        """File a lane where its next thing is done; when there is nothing more, it is gone.

        There is no checkpoint between the last look and the end: who wakes a lane finds it, or
        makes a new one.
        """
        if self._lanes.get(lane.route_id) is not lane:
            return
        self._settle_tenant(lane)
        plan, now = lane.plan, trio.current_time()
        if lane.table_work(plan, now) is not None:
            lane.is_at_table = True
            self._table.put(lane)
        self.turns.file(lane, ready=lane.may_attempt(plan, now))
        self._call_fetcher()
        if now < (alarm_at := lane.next_alarm_at(plan, now)) < _NEVER:
            self._alarms.set(lane, alarm_at)
        if lane.is_done:
            self._remove(lane)

    async def next_at_table(self) -> Lane:
        """Wait for a lane that needs the database; hand it back by `back_from_table`."""
        while (lane := self._table.take()) is None:
            await self._fetchers.park()
        return lane

    def work_of(self, lane: Lane) -> TableWork | None:
        """Tell what a lane at the table needs now; it may have changed while it stood in line."""
        lane.is_at_table = False
        work = lane.table_work(lane.plan, trio.current_time())
        lane.is_at_table = True
        return work

    def back_from_table(self, lane: Lane) -> None:
        """Note that a lane has what it needed of the database."""
        self._table.end(lane)
        lane.is_at_table = False
        self.advance(lane)

    def unknown_routes(self) -> Sequence[int]:
        """List routes that lanes in line wait to have loaded."""
        unknown = (
            lane.route_id
            for lane in self._table.of(self._tenants.nobody)
            if self._book.is_to_be_loaded(lane.route_id)
        )
        return list(itertools.islice(unknown, LOADED_AT_ONCE - 1))

    def missing(self, route_ids: Collection[int]) -> Sequence[int]:
        """Leave out the routes that have a lane."""
        return [route_id for route_id in route_ids if route_id not in self._lanes]

    async def ring_alarms(self) -> None:
        """Look at lanes whose time has come, for ever."""
        await self._alarms.ring(self.advance)

    def _held_lane_of(self, route_id: int) -> Lane | None:
        """Give the lane of a route; where it is another router's, note that it was not told."""
        if self._hold_of(route_id) is not None:
            return self._lane_of(route_id)
        if (lane := self._lanes.get(route_id)) is not None:
            lane.wake()
        self._memories.note_missed(route_id)
        return None

    def _lane_of(self, route_id: int) -> Lane:
        lane = self._lanes.get(route_id)
        if lane is None:
            memory = self._memories.take(route_id)
            lane = self._lanes[route_id] = Lane(
                route_id,
                book=self._book,
                endpoint=Endpoint(
                    memory.health,
                    tenant=self._tenants.nobody,
                    probes=self._probes,
                    terms=memory.terms or Terms(),
                    random=self._random,
                ),
                drained_under=memory.drained_under,
                most=self._most,
                hold_of=self._hold_of,
                budget=self._budget,
                marks=memory.marks,
            )
            self._book.retain(route_id)
        self._settle_tenant(lane)
        return lane

    def _settle_tenant(self, lane: Lane, name: str | None = None) -> None:
        """Note whose a lane is, once that is known; it holds nothing before."""
        is_nobodys = lane.tenant is self._tenants.nobody
        if is_nobodys and (name := name or self._book.tenant_of(lane.route_id)) is not None:
            lane.belong_to(self._tenants.enter(name))

    def _call_fetcher(self) -> None:
        if self._fetchers and self._table.has_next():
            self._fetchers.unpark()

    def _remove(self, lane: Lane) -> None:
        del self._lanes[lane.route_id]
        lane.leave()
        self.turns.file(lane, ready=False)
        self._alarms.clear(lane)
        self._tenants.leave(lane.tenant)
        self._book.release(lane.route_id)
        memory = Memory(lane.health, lane.drained_under, lane.marks, lane.endpoint.worth_keeping)
        self._memories.keep(lane.route_id, memory)
