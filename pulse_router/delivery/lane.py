"""A lane: what one route has pending, how its endpoint does, and what there is to do next.

It only decides; whoever holds it asks the database and makes the attempts. So a lane costs little
while nothing happens, however many there are. It exists only while its route has work.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Final

from pulse_router.delivery.attempts import LanePlan
from pulse_router.delivery.intake import Fetch, Intake
from pulse_router.delivery.jobs import Job, RequestedAttempt
from pulse_router.delivery.leases import NO_LEASE, Hold
from pulse_router.delivery.marks import Marks
from pulse_router.delivery.receiver.endpoint import Endpoint
from pulse_router.delivery.requests import RequestLine
from pulse_router.delivery.route_book import Absent, RouteBook
from pulse_router.delivery.splitting import split
from pulse_router.delivery.table_work import TableWork
from pulse_router.domain.deliveries import DueDeliveries, Outcome, Verdict
from pulse_router.domain.lanes.budget import ByteBudget
from pulse_router.domain.lanes.control import Health, Trust
from pulse_router.domain.lanes.tenants import Tenant
from pulse_router.domain.messages import NewDelivery

SHORT_SECONDS: Final = 2.0
"""What a lane holds in memory it keeps over a pause of this length."""
_NEVER: Final = float("inf")


class Lane:
    """The deliveries of one route.

    Args:
        route_id: The route.
        book: The routes as they are now.
        endpoint: Where its deliveries go, and how that does.
        drained_under: The hold under which its last lane left nothing in the table, if so.
        most: How many attempts one lane may have under way, whatever its route says.
        hold_of: Tells how it is held; None when it may not work.
        budget: The bytes that all lanes may hold.
        marks: Where looks at the table begin, as the last lane has left it.
    """

    def __init__(
        self,
        route_id: int,
        *,
        book: RouteBook,
        endpoint: Endpoint,
        drained_under: Hold | None,
        most: int,
        hold_of: Callable[[int], Hold | None],
        budget: ByteBudget,
        marks: Marks | None = None,
    ) -> None:
        self.route_id = route_id
        self.ticket = 0
        self.is_at_table = False
        self.requests = RequestLine()
        self._book = book
        self._most = most
        self._hold_of = hold_of
        self.endpoint = endpoint
        self._intake = Intake(budget, marks, looked_under=drained_under)
        self._intake.may_have_more = drained_under is None
        self._window = self._intake.window
        self.belong_to(endpoint.tenant)
        self._heed_endpoint()

    def belong_to(self, tenant: Tenant) -> None:
        """Note whose lane it is, before it holds anything."""
        self.tenant = self.endpoint.tenant = self._window.room.tenant = tenant

    @property
    def health(self) -> Health:
        """How the endpoint does."""
        return self.endpoint.health

    @property
    def in_flight(self) -> int:
        """How many attempts are under way."""
        return self.endpoint.in_flight

    @property
    def plan(self) -> LanePlan | None:
        """The plan of this moment; None when the route is paused, gone, or another router's."""
        return self._plan_under(self._hold)

    def _plan_under(self, hold: Hold | None) -> LanePlan | None:
        entry = self._book.look_up(self.route_id)
        if hold is not None and isinstance(entry, LanePlan) and entry.may_be_attempted:
            return entry
        return None

    def may_attempt(self, plan: LanePlan | None, now: float) -> bool:
        """Tell whether an attempt may begin, by the plan of this moment."""
        return self._may_attempt_queued(plan, now) or self._next_request(now) is not None

    def table_work(self, plan: LanePlan | None, now: float) -> TableWork | None:
        """Tell what the database is needed for; None while that is being done, or nothing is."""
        if self.is_at_table:
            return None
        entry = self._book.look_up(self.route_id)
        if entry is Absent.UNKNOWN:
            return TableWork.LOAD
        if plan is not None:
            self._intake.keep_to(plan)
            self.endpoint.terms.keep_to(plan.route.destination_config)
            if plan.batch is not None:
                self._window.max_bytes = self.endpoint.terms.max_bytes(now)
            return TableWork.FETCH if self._wants_more(plan, now) else None
        self._intake.forget()
        return TableWork.BURY if self._is_to_be_buried and not self.has_in_hand else None

    @property
    def has_plenty(self) -> bool:
        """Whether it wants nothing of the table for the next attempts, where nothing fails."""
        return bool(self._window) if self.is_at_table else self._intake.has_plenty

    def next_alarm_at(self, plan: LanePlan | None, now: float) -> float:
        """Tell when there may be something to do although nobody tells the lane of it."""
        if plan is None:
            return self.endpoint.terms.pace.opens_at if self.requests.is_busy else _NEVER
        if self.health.breaker.is_open:
            next_at = now if self._window else self._intake.next_find_at(now)
            return _NEVER if self.in_flight else max(next_at, self.endpoint.probe_at)
        next_at = self._intake.next_alarm_at(plan, now)
        if (pace := self.endpoint.terms.pace).opens_at > now:
            has_some = bool(self._window) or self.requests.is_busy
            next_at = pace.next_alarm_at(next_at, now, has_some=has_some)
        return next_at

    @property
    def is_done(self) -> bool:
        """Whether nothing is pending, or the route is paused and nothing is in hand."""
        if self.is_at_table or self.has_in_hand or self.requests.is_busy:
            return False
        if self._book.look_up(self.route_id) is Absent.UNKNOWN:
            return False
        return not self._is_to_be_buried if self.plan is None else not self._intake.has_work

    @property
    def drained_under(self) -> Hold | None:
        """The hold under which nothing of the route is left in the table, if nothing is."""
        is_drained = self.plan is not None and not self._intake.has_work and not self.has_in_hand
        return self._intake.looked_under if is_drained else None

    @property
    def has_in_hand(self) -> bool:
        """Whether attempts of the queue are under way or not settled yet."""
        return bool(self._window.in_hand)

    @property
    def _hold(self) -> Hold | None:
        return self._hold_of(self.route_id)

    @property
    def _is_to_be_buried(self) -> bool:
        is_gone = self._book.look_up(self.route_id) is Absent.GONE
        return is_gone and self._intake.may_have_more and self._hold is not None

    def wake(self) -> None:
        """Note that there may be new deliveries in the table."""
        self._intake.may_have_more = True

    def hurry(self) -> None:
        """Note that deliveries in the table are due sooner than they were."""
        self._intake.hurry()

    def leave(self) -> None:
        """Note that the lane goes: what it holds, its next one finds in the table."""
        self._intake.forget()

    @property
    def marks(self) -> Marks:
        """Where its looks at the table begin."""
        return self._intake.marks

    def offer(self, deliveries: Sequence[NewDelivery], now: float) -> None:
        """Take deliveries that are new in the table; what it cannot take, it will find there."""
        plan, hold = self.plan, self._hold
        taken = 0
        if plan is not None and hold is not None and not self.endpoint.is_closed(now):
            taken = self._intake.offer(deliveries, plan=plan, hold=hold, now=now)
        if taken < len(deliveries):
            self.wake()

    def begin_fetch(self, now: float) -> Fetch:
        """Note that what is due is being fetched; what comes to light meanwhile counts again."""
        is_probe = self.health.breaker.is_open
        return self._intake.begin_fetch(self.plan, now, is_probe=is_probe, hold=self._hold)

    def fetched(self, found: DueDeliveries, *, fetch: Fetch, now: float) -> None:
        """Note what was due, as it was asked for."""
        self._intake.fetched(found, fetch=fetch, plan=self.plan, now=now)

    def bury_more(self, *, is_more: bool) -> None:
        """Note whether there may be more to bury."""
        self._intake.may_have_more |= is_more

    def begin_burial(self) -> Hold | None:
        """Note that what is pending is being buried; what comes to light meanwhile counts again."""
        self._intake.may_have_more = False
        return self._hold

    def take(self, now: float) -> Job | None:
        """Begin an attempt, if one may; what people ask for and what is queued come in turns."""
        hold = self._hold
        plan, request = self._plan_under(hold), self._next_request(now)
        may_attempt_queued = self._may_attempt_queued(plan, now)
        if request is not None and (self.requests.has_turn or not may_attempt_queued):
            self.requests.begin(request)
            return self.endpoint.begin_job(now, request.plan, [request.delivery], NO_LEASE, request)
        if plan is None or hold is None or not may_attempt_queued:
            return None
        self.requests.has_turn = True
        size = 1 if plan.batch is None or self.health.breaker.is_open else plan.batch.max_messages
        search, taken = self._window.search, self._window.take(size, now=now)
        return self.endpoint.begin_job(now, plan, taken, hold.epoch, search=search)

    def attempted(self, job: Job, outcome: Outcome, now: float) -> None:
        """Note that an attempt has ended, and another may begin. It is not settled yet."""
        self.endpoint.note_outcome(job, outcome, most=self._limit_of(job.plan), now=now)
        if job.requested is None:
            if outcome.verdict is Verdict.RETRY:
                self._intake.fall_back(
                    [delivery.id for delivery in job.deliveries],
                    is_given_up=self.endpoint.is_closed(now + SHORT_SECONDS),
                )
            elif outcome.verdict is Verdict.DEAD and outcome.disable_route:
                self._book.withdraw(job.plan.route)
        self.abandoned(job)
        self._heed_endpoint()
        if self.requests.is_busy and (refusal := self.endpoint.refuses_patient(now)):
            self.requests.refuse_patient(refusal)

    def split(self, job: Job, outcome: Outcome, now: float) -> None:
        """Have parts of a batch go out that was refused; nothing of it is settled."""
        split(job, outcome, self._window, self.endpoint.terms, now)

    def abandoned(self, job: Job) -> None:
        """Note that an attempt is over, without a word of how it ended."""
        self.endpoint.end()
        if job.requested is not None:
            self.requests.end()

    def note_slow(self) -> None:
        """Note that an attempt lasts too long."""
        self.endpoint.note_slow()
        self._heed_endpoint()

    def let_go(self, delivery_ids: Collection[int]) -> None:
        """Note that the ends of attempts are written: they are no longer in hand."""
        self._intake.let_go(delivery_ids)

    def drop(self, delivery_ids: Collection[int]) -> None:
        """Note that these are no longer in hand though no end is written: they are found again."""
        self._intake.let_go(delivery_ids)
        self._intake.marks.forget()
        self.wake()

    def note_due(self, after_seconds: float, *, now: float) -> None:
        """Note that a delivery is due again, so many seconds from now."""
        self._intake.note_due(after_seconds, now=now)

    def _limit_of(self, plan: LanePlan) -> int:
        return min(plan.concurrency, self._most)

    def _may_attempt_queued(self, plan: LanePlan | None, now: float) -> bool:
        return (
            plan is not None
            and plan.ordered is self._intake.is_in_order
            and self._intake.holds_attempt(plan, now, is_probe=self.endpoint.is_given_up)
            and self.endpoint.may_begin(most=self._limit_of(plan), now=now)
        )

    def _next_request(self, now: float) -> RequestedAttempt | None:
        """Find the first that may begin; an urgent one needs no more than room in its route."""
        for request in self.requests.firsts:
            most = self._limit_of(request.plan)
            has_room = request.is_urgent and self.in_flight < most
            if has_room or self.endpoint.may_begin(most=most, now=now):
                return request
        return None

    def _wants_more(self, plan: LanePlan, now: float) -> bool:
        if now < self.endpoint.terms.pace.held_until:
            return False
        breaker = self.health.breaker
        if not breaker.is_open:
            return self._intake.wants_more(plan, now)
        is_free = not self._window and not self.in_flight and now >= breaker.probe_at
        return is_free and self._intake.may_find_more(now)

    def _heed_endpoint(self) -> None:
        """Hold and promise no more than the endpoint is good for."""
        self._window.room.is_trusted = self.health.trust is Trust.TRUSTED
