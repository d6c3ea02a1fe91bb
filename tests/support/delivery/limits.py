"""How receivers limit, and how they say so: each habit of the field, by a clock that is given."""

from __future__ import annotations

import email.utils
import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

import attrs


class Limiter(Protocol):
    """Lets requests in, or says for how long it will not."""

    def ask(self, now: float) -> float | None:
        """Take a request: None lets it in, seconds say when the next one may be."""
        ...

    def done(self) -> None:
        """Note that one that was let in has been answered."""
        ...


@attrs.define
class TokenBucket:
    per_second: float
    burst: float
    _tokens: float = attrs.field(init=False)
    _at: float = 0.0

    def __attrs_post_init__(self) -> None:
        self._tokens = self.burst

    def ask(self, now: float) -> float | None:
        self._tokens = min(self.burst, self._tokens + (now - self._at) * self.per_second)
        self._at = now
        if self._tokens < 1:
            return (1 - self._tokens) / self.per_second
        self._tokens -= 1
        return None

    def done(self) -> None:
        pass


@attrs.define
class FixedWindow:
    count: int
    seconds: float
    _window: float = -1.0
    _taken: int = 0

    def ask(self, now: float) -> float | None:
        window = now // self.seconds
        if window != self._window:
            self._window, self._taken = window, 0
        if self._taken >= self.count:
            return (window + 1) * self.seconds - now
        self._taken += 1
        return None

    def done(self) -> None:
        pass


@attrs.define
class SlidingWindow:
    count: int
    seconds: float
    _taken: deque[float] = attrs.field(factory=deque)

    def ask(self, now: float) -> float | None:
        while self._taken and self._taken[0] <= now - self.seconds:
            self._taken.popleft()
        if len(self._taken) >= self.count:
            return self._taken[0] + self.seconds - now
        self._taken.append(now)
        return None

    def done(self) -> None:
        pass


@attrs.define
class AtOnce:
    """So many requests at once."""

    count: int
    _busy: int = 0

    def ask(self, _now: float) -> float | None:
        if self._busy >= self.count:
            return 1.0
        self._busy += 1
        return None

    def done(self) -> None:
        self._busy -= 1


@attrs.frozen
class Refusal:
    """How a receiver refuses."""

    status: int = 429
    headers: Callable[[float, float], Mapping[str, str]] = lambda _seconds, _now: {}


def _date(seconds: float, now: float) -> str:
    return email.utils.formatdate(math.ceil(now + seconds), usegmt=True)


WAYS: Mapping[str, Refusal] = {
    "429 and seconds": Refusal(
        headers=lambda seconds, _: {"Retry-After": str(math.ceil(seconds))},
    ),
    "429 and seconds rounded down": Refusal(
        headers=lambda seconds, _: {"Retry-After": str(int(seconds))},
    ),
    "429 and a date": Refusal(
        headers=lambda seconds, now: {"Retry-After": _date(seconds, now)},
    ),
    "429 alone": Refusal(),
    "503 and seconds": Refusal(
        503, headers=lambda seconds, _: {"Retry-After": str(math.ceil(seconds))}
    ),
    "429 and RateLimit-Reset": Refusal(
        headers=lambda seconds, _: {"RateLimit-Reset": str(math.ceil(seconds))},
    ),
    "429 and X-RateLimit-Reset as Unix time": Refusal(
        headers=lambda seconds, now: {"X-RateLimit-Reset": str(math.ceil(now + seconds))},
    ),
}

MAKE_LIMITER: Mapping[str, Callable[[], Limiter]] = {
    "1/s": lambda: TokenBucket(1, 1),
    "1 in 5 s": lambda: TokenBucket(0.2, 1),
    "10/s": lambda: TokenBucket(10, 1),
    "10/s, burst 20": lambda: TokenBucket(10, 20),
    "100/s, burst 10": lambda: TokenBucket(100, 10),
    "10 a second": lambda: FixedWindow(10, 1),
    "60 a minute": lambda: FixedWindow(60, 60),
    "5 a minute": lambda: FixedWindow(5, 60),
    "10 in any second": lambda: SlidingWindow(10, 1),
    "3 in any 10 s": lambda: SlidingWindow(3, 10),
    "1 at once": lambda: AtOnce(1),
    "2 at once": lambda: AtOnce(2),
    "8 at once": lambda: AtOnce(8),
}
