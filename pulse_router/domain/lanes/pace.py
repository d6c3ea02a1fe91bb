"""How fast requests may begin: what a receiver that pushes back has taught, and what a route says.

A receiver that limits says so by refusing. Nothing begins before the time that it names; then one
request asks whether the door is open, and how many had passed until then tells its rate. From then
on requests are spaced: below the rate that was refused, up to it, and slowly beyond, so that few
are refused and little is left unused. Pure: the time and the random number are given.
"""

from __future__ import annotations

import math
from typing import Final

import attrs

from pulse_router.domain.retry import RetryPolicy, ceiling_seconds

BURST_GAP_SECONDS: Final = 1.0
"""A pause of this length between requests means that nothing waited: it tells nothing of a rate."""
CUT: Final = 0.15
"""By what part a rate that was refused is cut at first;"""
SMALLEST_CUT: Final = 0.03
"""by ever less, down to this, while what is refused is much the same again and again,"""
STEADY_HOLDS: Final = 4.0
"""that is, was let in for so many times the time that the door was closed then."""
ROUNDED_SECONDS: Final = 2.0
"""Whoever names whole seconds closes the door for up to so long, however soon it might open."""
FEW: Final = 8
"""When fewer than these have passed since the door was opened, the rate was no guide."""
SLOWEST_INTERVAL: Final = 300.0
"""How far apart requests begin at the most, unless the receiver asks for more."""
SHORTEST_INTERVAL: Final = 0.00005
"""Requests that may follow each other so closely are not spaced any more."""
SLACK_SECONDS: Final = 0.01
"""How much of its lateness a request leaves to the next ones to make good."""
RECOVERY_HOLDS: Final = 10.0
"""A cut rate is reached again after so many times the time that the door was closed,"""
RECOVERY_REQUESTS: Final = 20.0
"""and after so many requests at the least,"""
LONGEST_RECOVERY: Final = 300.0
"""but no later than after so many seconds."""


@attrs.frozen
class RateSetting:
    """What a route says of its receiver's limit: requests a second, and how many in a burst."""

    per_second: float
    burst: int = 1


class Pace:
    """How fast the requests of one lane may begin.

    Attributes:
        opens_at: Nothing begins before.
        held_until: Until when the receiver has closed its door.
        refusals: How often in a row it pushed back, with nothing that passed in between; until then
            there is one request at a time.
    """

    __slots__ = (
        "_closed_at",
        "_cut",
        "_ended_at",
        "_full_at",
        "_learnt_at",
        "_next_at",
        "_passed",
        "_rate",
        "_rate_refused",
        "_recovery_seconds",
        "_since",
        "_wave_from",
        "held_until",
        "opens_at",
        "refusals",
    )

    def __init__(self) -> None:
        self.opens_at = 0.0
        self.held_until = 0.0
        self.refusals = 0
        self._rate = 0.0  # that was refused last; 0 while no limit is known
        self._cut = CUT
        self._learnt_at = 0.0
        self._recovery_seconds = 0.0
        self._next_at = 0.0  # by what was learnt
        self._full_at = 0.0  # when the bucket of the route's own setting is full
        # What is learnt from: how many have passed since when, and since when the door is closed.
        self._passed = 0
        self._since = 0.0
        self._ended_at = 0.0
        self._closed_at = 0.0
        self._wave_from = 0.0
        self._rate_refused = 0.0

    def rate(self, now: float) -> float | None:
        """Tell how many requests a second may begin, as far as has been learnt."""
        if not self._rate:
            return None
        steadiness = CUT / self._cut
        left = 1 - (now - self._learnt_at) / (self._recovery_seconds * steadiness)
        if left < 0:
            # Beyond what was refused it goes on as ever, for a limit may have been raised.
            rate = self._rate * (1 - CUT * (left * steadiness) ** 3)
        else:
            rate = self._rate * (1 - self._cut * left**3)
        return rate if rate * SHORTEST_INTERVAL < 1 else None

    def next_alarm_at(self, at: float, now: float, *, has_some: bool) -> float:
        """Tell when a lane must be looked at that has something to do at a time.

        Args:
            at: The time, if there were no pace.
            now: The time now.
            has_some: Whether it has something to attempt already.
        """
        if self.held_until > now:
            at = max(at, self.held_until)
        return min(at, self.opens_at) if has_some and self.opens_at > now else at

    def begun(self, now: float, *, in_flight: int, setting: RateSetting | None) -> None:
        """Note that a request begins.

        Args:
            now: The time.
            in_flight: How many were under way before.
            setting: What the route says of the rate.
        """
        if not in_flight:
            self._leave_out_idle_time(now)
        if setting is None and not self._rate:
            return
        opens_at = self.held_until
        if self._rate:
            rate = self.rate(now)
            if rate is None:
                self._rate = 0.0
            else:
                self._next_at = max(self._next_at, now - SLACK_SECONDS) + 1 / rate
                opens_at = max(opens_at, self._next_at)
        if setting is not None:
            each = 1 / setting.per_second
            self._full_at = max(self._full_at, now) + each
            opens_at = max(opens_at, self._full_at - (setting.burst - 1) * each)
        self.opens_at = opens_at

    def passed(self, now: float, *, begun_at: float) -> None:
        """Note that a request was let in, whatever became of it then."""
        self._ended_at = now
        if self.refusals and begun_at >= self._wave_from:
            self._learn(now)
            self.refusals = 0
        self._passed += 1

    def pushed_back(
        self, now: float, *, begun_at: float, asked: float | None, random: float, retry: RetryPolicy
    ) -> float:
        """Note that a request was pushed back.

        Args:
            now: The time.
            begun_at: When it began: of those that were under way together, one counts.
            asked: For how many seconds the receiver wants no request, if it said so.
            random: A random number from 0 up to 1.
            retry: The numbers of the route, for what the receiver does not say.

        Returns:
            For how many seconds from now nothing begins.
        """
        self._ended_at = now
        is_first = not self.refusals or begun_at >= self._wave_from
        if is_first:
            if not self.refusals:
                self._closed_at = now
                self._rate_refused = self.rate(now) or 0.0
            self.refusals += 1
            self._wave_from = now
        seconds = asked or 0.0
        if is_first and (not asked or self.refusals > 1):
            # What was asked for was no help, or nothing was.
            ceiling = ceiling_seconds(self.refusals - bool(asked), retry)
            seconds = max(seconds, ceiling * (1 + random) / 2)
            if not asked and self._rate_refused:
                seconds = max(seconds, min(1 / self._rate_refused, retry.max_seconds))
        self.held_until = max(self.held_until, now + seconds)
        self.opens_at = max(self.opens_at, self.held_until)
        return self.held_until - now

    def _leave_out_idle_time(self, now: float) -> None:
        idle_from = max(self._ended_at, self.opens_at)
        if now - idle_from <= BURST_GAP_SECONDS:
            return
        if self._rate or self.refusals:
            self._since += now - idle_from
        else:
            self._since, self._passed = now, 0

    def _learn(self, now: float) -> None:
        """Take the rate from what has passed until the door was found open again."""
        seconds = now - self._since
        closed_seconds, open_seconds = now - self._closed_at, self._closed_at - self._since
        measured = self._passed / seconds if seconds > 0 else 0.0
        rate = measured
        if self._rate_refused:
            if self._passed >= FEW:
                rate = self._rate_refused
            else:
                rate = math.sqrt(self._rate_refused * max(measured, self._rate_refused / 16))
        elif self._passed >= FEW and closed_seconds < ROUNDED_SECONDS and open_seconds > 0:
            # The limit lies between what passed in all this time, and while the door was open.
            rate = math.sqrt(measured * self._passed / open_seconds)
        if rate:
            is_steady = self._rate_refused and open_seconds >= STEADY_HOLDS * closed_seconds
            self._cut = max(self._cut / 2, SMALLEST_CUT) if is_steady else CUT
            self._rate = max(rate, 1 / SLOWEST_INTERVAL)
            recovery = max(RECOVERY_HOLDS * closed_seconds, RECOVERY_REQUESTS / self._rate)
            # What is a guess yet is tried sooner than what has been refused.
            recovery /= 1 if self._rate_refused else 8
            self._recovery_seconds = min(recovery, LONGEST_RECOVERY)
            self._learnt_at = self._next_at = now
            self._next_at = now + 1 / (self._rate * (1 - self._cut))
            self.opens_at = max(self.held_until, self._next_at)
        self._since, self._passed = now, 0
