"""What can be said when the broker has lost our session: since when, and about how much. Pure."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Absence:
    """A time for which the broker should have kept messages for us, and has not.

    What it held nobody knows any more; the rate of before is all there is to judge by.

    Attributes:
        seconds: How long we were away; None when that is not known.
        messages_per_second: How many messages came before.
        expiry_seconds: For how long it was asked to keep the session.
    """

    seconds: float | None
    messages_per_second: float
    expiry_seconds: int

    @property
    def estimate(self) -> int | None:
        """About how many messages may be missing; None when nobody can tell."""
        if self.seconds is None:
            return None
        return round(self.seconds * self.messages_per_second)

    @property
    def sentence(self) -> str:
        """What happened, what it may have cost, and the remedy."""
        lost = "the broker has lost our session"
        if self.seconds is None:
            return f"{lost}: what it held for us is missing; {self._remedy}"
        return (
            f"{lost}: what it held for us in the last {self.seconds:.1f} s is missing, "
            f"about {self.estimate} messages at the rate of before; {self._remedy}"
        )

    @property
    def _remedy(self) -> str:
        if self.seconds is not None and self.seconds >= self.expiry_seconds:
            return "raise mqtt.session_expiry_seconds"
        return "see that it keeps its sessions over a restart (mosquitto: persistence true)"
