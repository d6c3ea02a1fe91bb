"""Counts what happens to clients when there are too many of them, or what they hold is too much."""

from __future__ import annotations

import attrs


@attrs.define
class Crowd:
    """What has happened since the start, over all listeners that count here.

    Attributes:
        made_room: Connections that were ended because others needed their places.
        cut_off: Those that were ended because too much waited for slow clients.
        refused: Those that were told to come later.
    """

    made_room: int = 0
    cut_off: int = 0
    refused: int = 0
