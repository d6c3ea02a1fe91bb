"""What the delivery stage counts; nothing is decided by it."""

from __future__ import annotations

import attrs


@attrs.define
class DeliveryFigures:
    """Counts since the start, and how many attempts are under way.

    `failed` counts attempts, the others deliveries.
    """

    delivered: int = 0
    failed: int = 0
    dead_lettered: int = 0
    in_flight: int = 0
