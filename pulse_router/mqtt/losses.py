"""What can be said when the broker has lost our session: since when, and about how much. Pure."""

from __future__ import annotations

import math

import attrs


def shorter_session(granted_seconds: int, asked_seconds: int) -> str:
    """Say that the broker keeps a session for less long than it was asked to, and the remedy."""
    return (
        f"the broker keeps our session for {granted_seconds} s only, not for the {asked_seconds} s "
        "of mqtt.session_expiry_seconds: when the router is away for longer, what is published "
        "meanwhile is lost; let the broker allow longer sessions"
    )


@attrs.frozen(kw_only=True)
class Absence:
    """A time for which the broker should have kept messages for us, and has not.

    What it held nobody knows any more; what came before is all there is to judge by, and of that
    no more than what came in as long a time: a flood says little about the hours after it.

    Attributes:
        seconds: How long we were away; None when that is not known.
        messages_per_second: How many messages came before, on average.
        over_seconds: Over how long that average was taken.
        expiry_seconds: For how long the broker had granted to keep the session.
        asked_seconds: For how long it was asked to.
        given_up: Whether it was us who ended the session, as it could not be resumed.
    """

    seconds: float | None
    messages_per_second: float
    over_seconds: float = math.inf
    expiry_seconds: int
    asked_seconds: int
    given_up: bool = False

    @property
    def estimate(self) -> int | None:
        """About how many messages may be missing; None when nobody can tell."""
        if self.seconds is None:
            return None
        return round(min(self.seconds, self.over_seconds) * self.messages_per_second)

    @property
    def sentence(self) -> str:
        """What happened, what it may have cost, and the remedy."""
        lost = "the broker has lost our session"
        if self.given_up:
            lost = "our session was given up, for the broker could not resume it"
        if self.seconds is None:
            return f"{lost}: what it held for us is missing; {self._remedy}"
        missing = f"what it held for us in the last {self.seconds:.1f} s is missing"
        if self.seconds > self.over_seconds:
            judged = f"{self.estimate} messages or more, by the {self.over_seconds:.0f} s before"
        else:
            judged = f"{self.estimate} messages at the rate of before"
        return f"{lost}: {missing}, about {judged}; {self._remedy}"

    @property
    def _remedy(self) -> str:
        if self.given_up:
            return "see the broker's log for what was wrong with it"
        if self.seconds is None or self.seconds < self.expiry_seconds:
            return "see that it keeps its sessions over a restart (mosquitto: persistence true)"
        if self.expiry_seconds < self.asked_seconds:
            return (
                f"it keeps sessions for {self.expiry_seconds} s only: let it allow the "
                f"{self.asked_seconds} s of mqtt.session_expiry_seconds"
            )
        return "raise mqtt.session_expiry_seconds"
