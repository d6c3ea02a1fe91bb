"""Dead letters in memory."""

from __future__ import annotations

from pulse_router.domain.deliveries import AttemptRecord, ClaimRefused, DeadLetter, DeadLetterStatus
from pulse_router.domain.leases import CLAIM_SECONDS
from tests.support.delivery.deliveries import NOON, PAYLOAD, TOPIC, Outage

FIRST = 1_000_000


def make_dead_letter(
    number: int, delivery_id: int, event_id: int, *, route_id: int = 1
) -> DeadLetter:
    """A delivery that was given up after five attempts."""
    return DeadLetter(
        id=number,
        delivery_id=delivery_id,
        tenant_id="TENANT1",
        route_id=route_id,
        device_id="DEV-001",
        event_id=event_id,
        event_time=NOON,
        original_topic=TOPIC,
        payload=PAYLOAD,
        destination_type="webhook",
        destination_config={},
        error_message="HTTP 503",
        attempts=5,
        status=DeadLetterStatus.FAILED,
        created_at=NOON,
        replayed_at=None,
    )


class Graveyard:
    """Dead letters in memory: as many as are asked for, all of one route."""

    def __init__(self, route_id: int = 1) -> None:
        self.route_id = route_id
        self.outage = Outage()
        self.claimed: set[int] = set()
        self.most_claimed = 0
        self.replayed: list[int] = []
        self.failed: dict[int, AttemptRecord] = {}

    async def claim(
        self, tenant_id: str | None, dead_letter_id: int, *, seconds: float
    ) -> DeadLetter | ClaimRefused:
        await self.outage.check()
        assert (tenant_id, seconds) == (None, CLAIM_SECONDS)
        assert dead_letter_id not in self.claimed
        self.claimed.add(dead_letter_id)
        self.most_claimed = max(self.most_claimed, len(self.claimed))
        return make_dead_letter(
            dead_letter_id, FIRST + dead_letter_id, dead_letter_id, route_id=self.route_id
        )

    async def mark_replayed(
        self,
        tenant_id: str | None,
        dead_letter_id: int,
        record: AttemptRecord,
        *,
        job_id: int | None = None,  # noqa: ARG002 - the port's
    ) -> None:
        await self.outage.check()
        assert (tenant_id, record.error) == (None, "")
        self.claimed.remove(dead_letter_id)
        self.replayed.append(dead_letter_id)

    async def release(
        self,
        tenant_id: str | None,
        dead_letter_id: int,
        *,
        failed: AttemptRecord | None,
        job_id: int | None = None,  # noqa: ARG002 - the port's
    ) -> None:
        await self.outage.check()
        assert tenant_id is None
        self.claimed.remove(dead_letter_id)
        if failed is not None:
            self.failed[dead_letter_id] = failed
