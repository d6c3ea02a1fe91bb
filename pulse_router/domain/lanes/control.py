"""How much a lane may have under way, and when it only probes: concurrency and breaker as values.

Pure: the time is given.
"""

from __future__ import annotations

import enum
from typing import Final

import attrs

FIRST_LIMIT: Final = 2
"""How many attempts a lane that nobody knows yet may have under way."""
OPENS_AFTER: Final = 10
"""How many failures in a row open the breaker."""
PROBE_SECONDS: Final = 5.0
"""How far apart probes begin while the breaker is open."""
PROBES_PER_SECOND: Final = 50
"""How many probes of all endpoints begin in a second; thousands of dead ones cost no more."""
SLOW_SECONDS: Final = 1.0
"""From when on an attempt counts as slow."""


@attrs.frozen
class Concurrency:
    """How many attempts may be under way at once: one more while things go well, half on a failure.

    `round` counts the cuts: of the attempts that were under way together, only the first failure
    cuts.
    """

    limit: int = FIRST_LIMIT
    successes: int = 0
    round: int = 0

    def succeeded(self, *, was_full: bool, most: int) -> Concurrency:
        """Note a success; once per limit's worth of them the limit grows by one.

        Args:
            was_full: Whether the limit held the lane back when the attempt began. What was never
                used up says nothing of what is possible beyond.
            most: How far it may grow.
        """
        if not was_full or self.limit >= most:
            return self
        if self.successes + 1 < self.limit:
            return Concurrency(self.limit, self.successes + 1, self.round)
        return Concurrency(self.limit + 1, 0, self.round)

    def failed(self, *, begun_in: int) -> Concurrency:
        """Note a failure: the limit halves, but not below one.

        Args:
            begun_in: The round in which the attempt began.
        """
        if begun_in < self.round:
            return Concurrency(self.limit, 0, self.round)
        return Concurrency(max(1, self.limit // 2), 0, self.round + 1)


@attrs.frozen
class Breaker:
    """Keeps a backlog from being spent on an endpoint that fails again and again.

    While it is open, only one attempt at a time is made, a probe, and none before `probe_at`.
    """

    failures: int = 0
    probe_at: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether only probes are made."""
        return self.failures >= OPENS_AFTER

    def failed(self, now: float) -> Breaker:
        """Note a failure; the tenth in a row opens it."""
        opens = self.failures + 1 == OPENS_AFTER
        return Breaker(self.failures + 1, now + PROBE_SECONDS if opens else self.probe_at)

    def succeeded(self) -> Breaker:
        """Note a success: it closes."""
        return Breaker() if self.failures else self

    def probing(self, now: float) -> Breaker:
        """Note that an attempt begins: when it is open, the next one begins a while later."""
        return Breaker(self.failures, now + PROBE_SECONDS) if self.is_open else self


class ProbePlaces:
    """Spreads the probes of all breakers over the time: each has a place of its own.

    Each tenant has its own row of them, and all rows share `PROBES_PER_SECOND`: one with thousands
    of dead endpoints puts off only its own.
    """

    def __init__(self) -> None:
        self._latest: dict[str, float] = {}
        self._tidy_at = 0.0
        self._step = 0

    def take(self, wanted_at: float, *, tenant: str) -> float:
        """Take a tenant's first free place, not before the time that is wanted."""
        if wanted_at >= self._tidy_at:
            self._tidy_at = wanted_at + PROBE_SECONDS
            early = wanted_at - 2 * PROBE_SECONDS
            self._latest = {name: at for name, at in self._latest.items() if at > early}
        before = self._latest.setdefault(tenant, 0.0)
        rows = len(self._latest)
        self._step = (self._step + 1) % rows  # tenants that want theirs together get them apart
        place = max(wanted_at + self._step / PROBES_PER_SECOND, before + rows / PROBES_PER_SECOND)
        self._latest[tenant] = place
        return place


class Trust(enum.IntEnum):
    """What an endpoint may be expected to do with the next attempt.

    TRUSTED: the last one was answered in good time. SUSPECT: it failed, or takes too long. UNKNOWN:
    none has ended yet.
    """

    UNKNOWN = 0
    TRUSTED = 1
    SUSPECT = 2


@attrs.frozen
class Health:
    """What is known of a lane's endpoint."""

    concurrency: Concurrency = Concurrency()
    breaker: Breaker = Breaker()
    trust: Trust = Trust.UNKNOWN

    def may_begin(self, *, in_flight: int, most: int, now: float) -> bool:
        """Tell whether another attempt may begin.

        Args:
            in_flight: How many are under way.
            most: How many there may be at the most, by the route's own limit.
            now: The time.
        """
        if self.breaker.is_open:
            return in_flight == 0 and now >= self.breaker.probe_at
        if self.trust is Trust.UNKNOWN:
            return in_flight == 0
        return in_flight < min(self.concurrency.limit, most)

    def with_probe_at(self, probe_at: float) -> Health:
        """Put the next probe off."""
        return attrs.evolve(self, breaker=Breaker(self.breaker.failures, probe_at))

    def begun(self, now: float) -> Health:
        """Note that an attempt begins."""
        breaker = self.breaker.probing(now)
        if breaker is self.breaker:
            return self
        return Health(self.concurrency, breaker, self.trust)

    def succeeded(self, *, was_full: bool, most: int, seconds: float) -> Health:
        """Note that an attempt succeeded.

        Args:
            was_full: Whether the limit held the lane back when the attempt began.
            most: How far the limit may grow.
            seconds: How long the attempt took.
        """
        concurrency = self.concurrency.succeeded(was_full=was_full, most=most)
        breaker, trust = self.breaker.succeeded(), _trust_after(seconds)
        if concurrency is self.concurrency and breaker is self.breaker and trust is self.trust:
            return self
        return Health(concurrency, breaker, trust)

    def refused(self, *, seconds: float) -> Health:
        """Note that a delivery was refused: the endpoint answers, so nothing is wrong with it."""
        trust = Trust.SUSPECT if self.breaker.is_open else _trust_after(seconds)
        return Health(self.concurrency, self.breaker, trust)

    def failed(self, *, begun_in: int, now: float) -> Health:
        """Note that an attempt failed, so that it will be made again.

        Args:
            begun_in: The round of the concurrency in which it began.
            now: The time.
        """
        return Health(
            self.concurrency.failed(begun_in=begun_in), self.breaker.failed(now), Trust.SUSPECT
        )

    def pushed_back(self, *, begun_in: int, seconds: float) -> Health:
        """Note that an attempt was too much for the endpoint, with which nothing is wrong.

        Args:
            begun_in: The round of the concurrency in which it began.
            seconds: How long it took.
        """
        trust = Trust.SUSPECT if self.breaker.is_open else _trust_after(seconds)
        return Health(self.concurrency.failed(begun_in=begun_in), self.breaker, trust)

    def slow(self) -> Health:
        """Note that an attempt has been under way for too long; its end is not known yet."""
        return Health(self.concurrency, self.breaker, Trust.SUSPECT)


def _trust_after(seconds: float) -> Trust:
    return Trust.TRUSTED if seconds < SLOW_SECONDS else Trust.SUSPECT
