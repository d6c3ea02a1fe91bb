"""Which tenants the decoder's time goes to, and when others are to have their turn.

It knows nothing of what is done in that time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import structlog
import trio

from pulse_router.ingest.senders import Sender
from pulse_router.runtime.meter import FADES_SECONDS, Meter
from pulse_router.runtime.seldom import Seldom
from pulse_router.runtime.stride import STRIDE_SECONDS

DEAR_SECONDS: Final = 0.000_2
"""A message that takes longer is charged by itself: ten times what most take."""
MOST: Final = 0.5
"""Of more than this share of all time it is said who takes it, once an hour."""
_AGAIN_SECONDS: Final = 3600.0

_log = structlog.get_logger()


class TenantCosts:
    """What decoding costs, by tenant.

    Args:
        clock: Gives the time, in seconds; real, for it is the machine that others wait for.
    """

    def __init__(self, *, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self.of_tenants: Meter[str | None] = Meter()
        self._seldom = Seldom(_AGAIN_SECONDS)

    def begin(self) -> Stretch:
        """Begin to decode."""
        return Stretch(self)

    def charge(self, tenant_id: str | None, seconds: float) -> None:
        """Charge what was spent on a tenant's messages; all strangers are one."""
        share = self.of_tenants.charge(tenant_id, seconds) / FADES_SECONDS
        if share > MOST and self._is_among_others() and self._seldom.is_due(tenant_id):
            _log.info(
                "one tenant's messages take more than half of the router's time",
                tenant_id=tenant_id,
                share=round(share, 2),
            )

    def _is_among_others(self) -> bool:
        return len(self.of_tenants.dearest(2)) > 1


class Stretch:
    """Messages that are decoded in one go.

    The dear ones are charged one by one. What the others took together is charged to the tenant of
    one of them, the newest: over many stretches each pays for what it sends.

    Whoever decodes reads the clock himself after each message, and calls only where that was dear
    or the stretch is over: for most messages a call would cost a tenth of what they do.

    Args:
        costs: Whom to tell.

    Attributes:
        clock: Gives the time, in seconds.
        ends_at: When others should have their turn.
    """

    __slots__ = ("_charged", "_costs", "_started_at", "clock", "ends_at")

    def __init__(self, costs: TenantCosts) -> None:
        self._costs = costs
        self.clock = costs.clock
        self.begin()

    def begin(self) -> float:
        """Begin, after something was waited for; gives the time."""
        self._started_at = self.clock()
        self.ends_at = self._started_at + STRIDE_SECONDS
        self._charged = 0.0
        return self._started_at

    def charge(self, sender: Sender | None, took: float) -> None:
        """Charge a message that was dear to its sender."""
        self._charged += took
        self._costs.charge(None if sender is None else sender.device[0], took)

    async def rest(self, sender: Sender | None) -> float:
        """Let everybody else have a turn, and begin again; gives the time."""
        self.end(sender)
        await trio.lowlevel.checkpoint()
        return self.begin()

    def end(self, sender: Sender | None) -> None:
        """Charge what the cheap messages took to the tenant of the newest."""
        rest = self.clock() - self._started_at - self._charged
        if rest > 0:
            self._costs.charge(None if sender is None else sender.device[0], rest)
