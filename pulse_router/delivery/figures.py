"""What the delivery stage counts; nothing is decided by it."""

from __future__ import annotations

import attrs

from pulse_router.delivery.latencies import Latencies


@attrs.define
class DeliveryFigures:
    """Counts since the start, how many attempts are under way, and how long they take.

    `failed` counts attempts, the others deliveries.
    """

    delivered: int = 0
    failed: int = 0
    dead_lettered: int = 0
    in_flight: int = 0
    latencies: Latencies = attrs.field(factory=Latencies)
