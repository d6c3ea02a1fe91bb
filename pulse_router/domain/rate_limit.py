"""Limits over time: token buckets, and caps on a minute. The caller's clock is the only one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final, Generic, TypeVar

from pulse_router.domain.messages import DeviceKey

K = TypeVar("K", bound=Hashable)

BURST_SECONDS: Final = 2.0
"""A full bucket holds what its rate gives in this time, and at least two tokens."""

NO_OTHERS: Final[Mapping[str, float]] = {}

_ROUNDING: Final = 0.001
"""What part of a token may be missing, for sums of floating point numbers are not exact."""

_SWEEP_FROM: Final = 1_024
_SECONDS_IN_A_MINUTE: Final = 60.0


class TokenBuckets(Generic[K]):
    """A token bucket for each key; all begin full, and one that is full again is forgotten.

    A bucket is kept as one number, the time at which it will be full.

    Args:
        rate: Tokens a second; above 0.
        burst: How many tokens a full bucket holds; at least 1.

    Raises:
        ValueError: A number is out of range.
    """

    __slots__ = ("_full_at", "_seconds_a_token", "_sweep_from", "_tolerated_seconds")

    def __init__(self, rate: float, burst: float) -> None:
        if rate <= 0 or burst < 1:
            raise ValueError("rate must be above 0, and burst at least 1")
        self._seconds_a_token = 1 / rate
        self._tolerated_seconds = (burst - 1 + _ROUNDING) / rate
        self._full_at: dict[K, float] = {}
        self._sweep_from = _SWEEP_FROM

    def has_token(self, key: K, now: float) -> bool:
        """Tell whether there is a token to take.

        Args:
            key: Whose bucket.
            now: Seconds on a clock that never goes back.
        """
        return self._full_at.get(key, now) - now <= self._tolerated_seconds

    def take(self, key: K, now: float) -> None:
        """Take a token that `has_token` has found."""
        full_at = self._full_at
        full_at[key] = max(full_at.get(key, now), now) + self._seconds_a_token
        if len(full_at) >= self._sweep_from:
            self._full_at = {key: at for key, at in full_at.items() if at > now}
            self._sweep_from = max(_SWEEP_FROM, 2 * len(self._full_at))

    def taken(self, key: K, now: float) -> float:
        """Tell how many tokens are missing in a bucket."""
        return max(0.0, self._full_at.get(key, now) - now) / self._seconds_a_token

    def seconds_to_token(self, key: K, now: float) -> float:
        """Tell after how long there is a token to take, if nobody takes it before."""
        return max(0.0, self._full_at.get(key, now) - now - self._tolerated_seconds)

    def __len__(self) -> int:
        """How many buckets are kept: at most twice those that were not full, or a thousand."""
        return len(self._full_at)


class TenantRates:
    """How fast each tenant may do something: buckets of one rate, and of others for some of them.

    Args:
        burst_seconds: A full bucket holds what its rate gives in this time.

    Attributes:
        are_set: Whether anything is limited at all.
    """

    __slots__ = ("_burst_seconds", "_default", "_own", "_rate", "_rates", "are_set")

    def __init__(self, burst_seconds: float = BURST_SECONDS) -> None:
        self._burst_seconds = burst_seconds
        self._rate = 0.0
        self._rates: Mapping[str, float] = {}
        self._default: TokenBuckets[str] | None = None
        self._own: dict[str, TokenBuckets[str] | None] = {}
        self.are_set = False

    def change(self, rate: float, own: Mapping[str, float]) -> None:
        """Set other rates; where one is another than before, it begins with full buckets.

        Args:
            rate: What a tenant may do in a second; 0 is no limit.
            own: The same for those that have a limit of their own.
        """
        if rate != self._rate:
            self._rate, self._default = rate, self._buckets(rate)
        self._own = {
            tenant_id: self._own[tenant_id]
            if self._rates.get(tenant_id) == limit
            else self._buckets(limit)
            for tenant_id, limit in own.items()
        }
        self._rates = dict(own)
        limited = (each is not None for each in (self._default, *self._own.values()))
        self.are_set = any(limited)

    def of(self, tenant_id: str) -> TokenBuckets[str] | None:
        """Give the buckets that a tenant has one of; None when it may do as much as it likes."""
        return self._own.get(tenant_id, self._default)

    def _buckets(self, rate: float) -> TokenBuckets[str] | None:
        return _buckets(rate, self._burst_seconds)


class RateLimits:
    """How fast a device, and all devices of a tenant together, may send.

    Args:
        device_rate: Messages a second for each device; 0 is no limit.
        tenant_rate: Messages a second for each tenant; 0 is no limit.

    Attributes:
        are_set: Whether anything is limited at all.
    """

    __slots__ = ("_device_rate", "_devices", "_tenants", "are_set")

    def __init__(self, *, device_rate: float, tenant_rate: float) -> None:
        self._device_rate = 0.0
        self._devices: TokenBuckets[DeviceKey] | None = None
        self._tenants = TenantRates()
        self.are_set = False
        self.change(device_rate=device_rate, tenant_rate=tenant_rate)

    def change(
        self, *, device_rate: float, tenant_rate: float, own: Mapping[str, float] = NO_OTHERS
    ) -> None:
        """Set other rates; where one is another than before, all begin with full buckets.

        Args:
            device_rate: Messages a second for each device.
            tenant_rate: Messages a second for each tenant.
            own: The same for tenants that have a limit of their own.
        """
        if device_rate != self._device_rate:
            self._device_rate = device_rate
            self._devices = _buckets(device_rate, BURST_SECONDS)
        self._tenants.change(tenant_rate, own)
        self.are_set = self._devices is not None or self._tenants.are_set

    def take(self, device: DeviceKey, now: float) -> str | None:
        """Let one message of a device pass, if its limits allow it.

        A message that one limit refuses uses up nothing of the other.

        Args:
            device: Who sent it.
            now: Seconds on a clock that never goes back.

        Returns:
            Whose limit is exceeded, "device" or "tenant"; None when the message passes.
        """
        devices, tenants = self._devices, self._tenants.of(device[0])
        if devices is not None and not devices.has_token(device, now):
            return "device"
        if tenants is not None:
            if not tenants.has_token(device[0], now):
                return "tenant"
            tenants.take(device[0], now)
        if devices is not None:
            devices.take(device, now)
        return None


def _buckets(rate: float, burst_seconds: float) -> TokenBuckets[K] | None:
    return TokenBuckets(rate, max(rate, 1.0) * burst_seconds) if rate > 0 else None


class MinuteCap(Generic[K]):
    """Admits so many of each kind a minute; it remembers the current minute only.

    Args:
        limit: How many of a kind.
    """

    __slots__ = ("_counts", "_limit", "_minute")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._minute = 0.0
        self._counts: dict[K, int] = {}

    def admits(self, kind: K, now: float) -> bool:
        """Count one more of a kind, and tell whether it is within the cap.

        Args:
            kind: What it is.
            now: Seconds on a clock that never goes back.
        """
        minute = now // _SECONDS_IN_A_MINUTE
        if minute != self._minute:
            self._minute = minute
            self._counts = {}
        count = self._counts.get(kind, 0)
        if count >= self._limit:
            return False
        self._counts[kind] = count + 1
        return True

    def __len__(self) -> int:
        """How many kinds the current minute has seen."""
        return len(self._counts)
