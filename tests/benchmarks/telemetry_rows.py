"""Rows of telemetry for the benchmarks of storage."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from pulse_router.domain.messages import Message

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
TENANTS, DEVICES = 10, 1_000


def rows(count: int) -> list[Message]:
    """A second of 100 messages after another; devices' clocks are up to two seconds behind."""
    rng = random.Random(1)
    made = []
    for number in range(count):
        received_at = BEGIN + timedelta(milliseconds=10 * number)
        device = rng.randrange(DEVICES)
        made.append(
            Message(
                event_id=number << 22,
                time=received_at - timedelta(milliseconds=rng.randrange(2000)),
                received_at=received_at,
                tenant_id=f"TENANT{device % TENANTS}",
                device_id=f"DEV-{device:05}",
                site_id="SITE-1",
                msg_type="telemetry",
                metrics=f'{{"temperature":{rng.random() * 100:.2f},"on":true,"humidity":41}}',
                extra=None,
            )
        )
    return made
