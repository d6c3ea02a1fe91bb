"""What is remembered of the session that a broker keeps for us, from one run to the next."""

from __future__ import annotations

import math

import attrs


@attrs.frozen(kw_only=True)
class EarlierSession:
    """The session of a client id, as earlier runs left it.

    Attributes:
        filters: The topic filters that may lie in it.
        was_granted: Whether the broker has ever granted it.
        last_message_at: When the newest message came, in Unix seconds; None for never.
        messages_per_second: How many messages came, on average, before that.
        over_seconds: Over how long that average was taken; who was away for longer knows no more.
    """

    filters: tuple[str, ...] = ()
    was_granted: bool = False
    last_message_at: float | None = None
    messages_per_second: float = 0.0
    over_seconds: float = math.inf
