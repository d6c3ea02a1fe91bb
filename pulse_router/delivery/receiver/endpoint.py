"""An endpoint, as its lane sees it: how it does, and what its attempts hold meanwhile.

It knows neither the table nor what is delivered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import attrs
import trio

from pulse_router.delivery.attempts import LanePlan
from pulse_router.delivery.jobs import Job, RequestedAttempt
from pulse_router.delivery.receiver.terms import Terms
from pulse_router.domain.deliveries import Delivery, NotAttempted, Outcome, Verdict
from pulse_router.domain.lanes.control import Health, ProbePlaces
from pulse_router.domain.lanes.halving import Search
from pulse_router.domain.lanes.tenants import Tenant

ENDPOINT_FAILS: Final = "the route's endpoint fails again and again"
PUSHED_BACK: Final = "the route's endpoint has asked to be left alone"
PATIENCE_SECONDS: Final = 20.0
"""For how long that may last while people who ask for attempts are left to wait."""


class Endpoint:
    """The endpoint of one route.

    Args:
        health: What is known of it from before.
        tenant: Whose it is, as far as that is known.
        probes: The places that the probes of all lanes take.
        terms: What it has taught from before.
        random: Gives numbers from 0 up to 1, for the jitter.

    Attributes:
        tenant: Whose it is; to be changed only while no attempt is under way.
        health: How it does.
        terms: How it wants to be served.
        in_flight: How many attempts are under way.
    """

    def __init__(
        self,
        health: Health,
        *,
        tenant: Tenant,
        probes: ProbePlaces,
        terms: Terms,
        random: Callable[[], float],
    ) -> None:
        self.health = health
        self.terms = terms
        self.in_flight = 0
        self.tenant = tenant
        self._probes = probes
        self._random = random
        self._workers = 0

    @property
    def is_given_up(self) -> bool:
        """Whether it gets nothing but probes."""
        return self.health.breaker.is_open

    @property
    def worth_keeping(self) -> Terms | None:
        """What it has taught, if it has taught anything."""
        return self.terms if self.terms.are_known else None

    @property
    def is_held(self) -> bool:
        """Whether it has asked to be left alone."""
        return self.terms.pace.held_until > trio.current_time()

    @property
    def probe_at(self) -> float:
        """When the next probe may begin, while it gets nothing else."""
        return max(self.health.breaker.probe_at, self.terms.pace.held_until)

    def is_closed(self, now: float) -> bool:
        """Tell whether nothing but probes goes out, or nothing at all."""
        return self.is_given_up or now < self.terms.pace.held_until

    def refuses_patient(self, now: float) -> NotAttempted | None:
        """Tell why attempts that somebody asks for, and that are not urgent, are not made now."""
        if self.is_given_up:
            return NotAttempted(ENDPOINT_FAILS, is_refused=True)
        left = self.terms.pace.held_until - now
        if left < PATIENCE_SECONDS:
            return None
        return NotAttempted(f"{PUSHED_BACK}, for {left:.0f} s more")

    def may_begin(self, *, most: int, now: float) -> bool:
        """Tell whether an attempt may begin, where so many may be under way."""
        pace = self.terms.pace
        if now < pace.opens_at or (pace.refusals and self.in_flight):
            return False  # until one has passed a door that was closed, there is one at a time
        return self.health.may_begin(in_flight=self.in_flight, most=most, now=now)

    def begin_job(
        self,
        now: float,
        plan: LanePlan,
        deliveries: Sequence[Delivery],
        epoch: int,
        request: RequestedAttempt | None = None,
        search: Search | None = None,
    ) -> Job:
        """Begin an attempt.

        Args:
            now: The time.
            plan: By which it is made.
            deliveries: What is attempted.
            epoch: The lease under which it is.
            request: Who asked for it, when it is not of the queue.
            search: The search for what a batch is refused for, that it is part of.
        """
        concurrency = self.health.concurrency
        self.terms.pace.begun(now, in_flight=self.in_flight, setting=plan.rate)
        self.begin(now)
        return Job(
            plan=plan,
            deliveries=deliveries,
            epoch=epoch,
            begun_at=now,
            begun_in=concurrency.round,
            was_full=self.in_flight >= concurrency.limit,
            requested=request,
            search=search,
        )

    def begin(self, now: float) -> None:
        """Note that an attempt begins, and holds a worker."""
        self.in_flight += 1
        self._workers += 1
        self.tenant.weigh(self.health.trust, 1)
        if self.health.breaker.is_open:
            self.health = self._place_probe(self.health.begun(now))

    def end(self) -> None:
        """Note that an attempt is over."""
        self.in_flight -= 1

    def note_worker_free(self) -> None:
        """Note that an attempt no longer holds a worker."""
        self._workers -= 1
        self.tenant.weigh(self.health.trust, -1)

    def note_slow(self) -> None:
        """Note that an attempt lasts too long."""
        self._judge(self.health.slow())

    def note_outcome(self, job: Job, outcome: Outcome, *, most: int, now: float) -> None:
        """Note how an attempt went, where so many may be under way."""
        seconds = now - job.begun_at
        if outcome.is_pushed_back:
            self._judge(self.health.pushed_back(begun_in=job.begun_in, seconds=seconds))
            return
        if outcome.status is not None:
            self.terms.pace.passed(now, begun_at=job.begun_at)
        if outcome.verdict is Verdict.DELIVERED:
            health = self.health.succeeded(was_full=job.was_full, most=most, seconds=seconds)
        elif outcome.verdict is Verdict.DEAD:
            health = self.health.refused(seconds=seconds)
        else:
            health = self.health.failed(begun_in=job.begun_in, now=now)
        self._judge(health)

    def hurry(self, now: float, *, resumes: bool) -> None:
        """Forget that it has failed; unless it resumes, let but its next probe begin at once."""
        if resumes:
            self._judge(Health())
        elif self.is_given_up:
            self.health = self.health.with_probe_at(now)

    def pushed_back(self, job: Job, outcome: Outcome, *, now: float) -> Outcome:
        """Note that an attempt was too much, before it is settled.

        Returns:
            Its outcome, with the time for which nothing more begins.
        """
        asked, retry = outcome.retry_after_seconds, job.plan.retry
        seconds = asked or retry.initial_seconds
        if job.plan.route.destination_config == self.terms.config:  # or it was changed meanwhile
            seconds = self.terms.pace.pushed_back(
                now, begun_at=job.begun_at, asked=asked, random=self._random(), retry=retry
            )
        return attrs.evolve(outcome, retry_after_seconds=seconds)

    def _judge(self, health: Health) -> None:
        if health is self.health:
            return
        self.tenant.weigh(self.health.trust, -self._workers)
        self.tenant.weigh(health.trust, self._workers)
        self.health = self._place_probe(health)

    def _place_probe(self, health: Health) -> Health:
        """Where a probe is put off, put it where no other lane's is."""
        breaker = health.breaker
        if not breaker.is_open or breaker.probe_at == self.health.breaker.probe_at:
            return health
        return health.with_probe_at(self._probes.take(breaker.probe_at, tenant=self.tenant.name))
