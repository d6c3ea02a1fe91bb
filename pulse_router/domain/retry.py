"""When a failed attempt is tried again: schedule, `Retry-After`, and what a status means.

Pure: the random number and the time are given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import attrs

from pulse_router.domain.deliveries import TOO_MANY, Verdict

MAX_RETRY_AFTER_SECONDS: Final = 3600.0
GONE: Final = 410
MOVED_FOR_GOOD: Final = frozenset({301, 308})
_RETRIED_STATUSES: Final = frozenset({408, 409, 423, 425, 429})
_MAX_EXPONENT: Final = 64
_SECONDS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_RESET: Final = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")
RESETS: Final = (b"x-ratelimit-reset-after", b"ratelimit-reset", b"x-ratelimit-reset")
_EARLIEST_UNIX_SECONDS: Final = 1e9


@attrs.frozen
class RetryPolicy:
    """How often, and how far apart, a delivery is attempted.

    What its receiver pushes back spends no attempt, for `max_pushback_seconds` in all.
    """

    max_attempts: int = 5
    initial_seconds: float = 1.0
    max_seconds: float = 300.0
    multiplier: float = 2.0
    max_pushback_seconds: float = 86_400.0

    def allows_another(self, attempts: int) -> bool:
        """Tell whether a delivery may be attempted again after this many attempts."""
        return attempts < self.max_attempts

    def delay_seconds(
        self, attempts: int, random: float, *, retry_after_seconds: float | None = None
    ) -> float:
        """Compute how long to wait after an attempt has failed (full jitter).

        Args:
            attempts: How many attempts have failed so far, from 1; any number is safe.
            random: A random number from 0 up to 1.
            retry_after_seconds: What the destination asked for, when it did.

        Returns:
            Seconds to wait; never less than the destination asked for, which is capped.
        """
        return max(
            full_jitter_seconds(
                attempts,
                random,
                initial_seconds=self.initial_seconds,
                max_seconds=self.max_seconds,
                multiplier=self.multiplier,
            ),
            min(retry_after_seconds or 0.0, MAX_RETRY_AFTER_SECONDS),
        )


def full_jitter_seconds(
    failures: int,
    random: float,
    *,
    initial_seconds: float,
    max_seconds: float,
    multiplier: float = 2.0,
) -> float:
    """Compute an exponential delay with full jitter: anything from 0 to the schedule's value.

    Args:
        failures: How many failures came in a row, from 1; any number is safe.
        random: A random number from 0 up to 1.
        initial_seconds: The schedule's first value.
        max_seconds: Its highest value.
        multiplier: How fast it grows, at least 1.
    """
    return random * _ceiling(failures, initial_seconds, max_seconds, multiplier)


def ceiling_seconds(failures: int, policy: RetryPolicy) -> float:
    """Compute the schedule's own value, without jitter, after so many failures in a row, from 1."""
    return _ceiling(failures, policy.initial_seconds, policy.max_seconds, policy.multiplier)


def _ceiling(failures: int, initial_seconds: float, max_seconds: float, multiplier: float) -> float:
    exponent = min(max(failures - 1, 0), _MAX_EXPONENT)
    try:
        return min(max_seconds, initial_seconds * multiplier**exponent)
    except OverflowError:
        return max_seconds


def classify_status(status: int) -> Verdict:
    """Tell what an HTTP status means for a delivery.

    2xx is delivered. 408, 409, 423, 425, 429, 5xx, 3xx (a redirect is not followed) and what is
    no final status at all are tried again. Other 4xx are dead, and 301 and 308: whoever has moved
    for good is not back at the next attempt.
    """
    if 200 <= status < 300:
        return Verdict.DELIVERED
    if status in MOVED_FOR_GOOD:
        return Verdict.DEAD
    if 400 <= status < 500 and status not in _RETRIED_STATUSES:
        return Verdict.DEAD
    return Verdict.RETRY


def parse_retry_after(value: str, now: datetime) -> float | None:
    """Read a `Retry-After` header: seconds, which may have a fraction, or an HTTP date.

    Args:
        value: The header's value.
        now: The current time, with a zone.

    Returns:
        Seconds from now, from 0 to `MAX_RETRY_AFTER_SECONDS`; None when it makes no sense.
    """
    text = value.strip()
    if text.isascii() and text.isdecimal():
        # Only the length is looked at first, as an endless number must not be computed.
        return MAX_RETRY_AFTER_SECONDS if len(text) > 9 else _capped(float(text))
    if _SECONDS.fullmatch(text):
        return _capped(float(text))
    try:
        date = parsedate_to_datetime(text)
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        return _capped((date - now).total_seconds())
    except (ValueError, OverflowError):
        return None


def parse_asked_seconds(status: int, headers: Mapping[bytes, bytes], now: datetime) -> float | None:
    """Read how long an answer asks to be left alone: `Retry-After`, or when a limit begins anew.

    Args:
        status: The answer's status; the fields of rate limits count beside 429 alone.
        headers: Its fields, by names in lower case.
        now: The current time, with a zone.

    Returns:
        Seconds from now, from 0 to `MAX_RETRY_AFTER_SECONDS`; None when it does not ask for any.
    """
    if (value := headers.get(b"retry-after")) is not None:
        asked = parse_retry_after(value.decode("latin-1"), now)
        if asked is not None:
            return asked
    if status != TOO_MANY:
        return None
    for name in RESETS:
        if (value := headers.get(name)) is not None:
            return _parse_reset(value.decode("latin-1").strip(), now)
    return None


def _parse_reset(text: str, now: datetime) -> float | None:
    """Read when a limit begins anew: seconds from now, or Unix time; nobody has agreed on which."""
    if not _RESET.fullmatch(text):
        return None
    seconds = float(text)
    if seconds >= 1000 * _EARLIEST_UNIX_SECONDS:
        seconds /= 1000
    if seconds >= _EARLIEST_UNIX_SECONDS:
        seconds -= now.timestamp()
    return _capped(seconds)


def _capped(seconds: float) -> float:
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)
