"""What this life of a router has seen of the heartbeats of others: who of them is dead.

No clock is asked, neither the server's nor a machine's: it may jump, and then all the living would
look dead. Each router says again and again that it goes on (`lane_heartbeats`), and who has not
said so for as long as its lease lasts, while this one watched, is dead. So whoever is seen for the
first time lives, for all that is known.

Who did not look has not watched. A router that stood still for a while, or whose database did,
finds the signs of all others as they were: they stood still with it, and live. So the time that it
was away counts for little, or for nothing.

One for all stores of a router: what one of them has seen the others know.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable
from typing import Final

import trio

from pulse_router.domain.leases import LEASE_SECONDS
from pulse_router.runtime.sightings import Sightings

LOOKS: Final = 3
"""How often in the life of a lease others are looked at, at the least."""


class Heartbeats:
    """The heartbeats of other lives, as they were seen.

    Args:
        lease_seconds: How long a life lasts that does not say that it goes on.
        clock: Gives the time in seconds, by which this one watches.

    Attributes:
        life: The number of this life among all.
        claims: How many dead letters this life has claimed and not given back.
    """

    def __init__(
        self,
        *,
        lease_seconds: float = LEASE_SECONDS,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self.lease_seconds: Final = lease_seconds
        self.life: Final = secrets.randbits(63)
        self.claims = 0
        self.clock: Final = clock
        self._seen: Sightings[str] = Sightings(clock=clock)
        self._looked_at: float | None = None

    def note_look(self) -> None:
        """Note that the database answers, as it does several times in the life of a lease.

        Of the time since it did so last, no more than is usual counts as watched, and none when
        that was longer ago than a lease lasts.
        """
        now = self.clock()
        away = 0.0 if self._looked_at is None else now - self._looked_at
        self._looked_at = now
        usual = self.lease_seconds / LOOKS
        if away > usual:
            self._seen.leave_out(math.inf if away > self.lease_seconds else away - usual)

    def is_still(self, holder: str, sign: str | None, *, seconds: float | None = None) -> bool:
        """Look at a sign of life; call it only after the answer that has brought it.

        Args:
            holder: Whose it is.
            sign: What `pulse_sign_of_life` gives; None of who has left.
            seconds: For how long it must have been seen to be the same; as long as a lease lasts
                when it is left out.

        Returns:
            Whether the holder is gone.
        """
        if sign is None:
            return True
        return self._seen.look(holder, sign) >= (self.lease_seconds if seconds is None else seconds)

    def still(self, *, seconds: float | None = None) -> list[str]:
        """List the signs of life that are seen to be the same for as long, of whomever."""
        return self._seen.unchanged(self.lease_seconds if seconds is None else seconds)
