"""Makes the requests of deliveries: looks up what they need, and lets others have their turn.

It does not send them, nor does it know what becomes of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

import trio

from pulse_router.domain.deliveries import Delivery, ShownRequest
from pulse_router.domain.templates.scope import SiteOf, named_site
from pulse_router.domain.webhook_config import BATCH_BYTES
from pulse_router.runtime.stride import Stride
from pulse_router.webhook.requests import PreparedWebhook

TURN_SECONDS: Final = 0.002
"""For how long bodies of a batch are made before others get their turn."""
_Sites: TypeAlias = Mapping[str, str | None]
_NO_SITES: Final[_Sites] = {}


class BatchTooLarge(Exception):
    """Less at once has to go out."""


class RequestMaker:
    """Makes requests.

    All methods raise CannotRender where a body or URL cannot be made, and Unavailable where the
    site of a device cannot be looked up now.

    Args:
        clock: Gives the Unix time, for signatures.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._site_of: SiteOf = _nowhere

    def look_up_sites(self, site_of: SiteOf) -> None:
        """Say who knows the registered sites of devices, for messages that do not name theirs."""
        self._site_of = site_of

    async def one(self, webhook: PreparedWebhook, delivery: Delivery, *, attempt: int) -> bytes:
        """Make the request of one attempt at one delivery.

        Args:
            webhook: The route's webhook.
            delivery: What to deliver.
            attempt: The number of this attempt, from 1.
        """
        if webhook.config.batch is not None:
            return await self.batch(webhook, [delivery])
        site_id = None
        if webhook.needs_site:
            site_id = (await self._sites(webhook, [delivery]))[delivery.device_id]
        now = int(self._clock())
        return webhook.request(delivery, attempt=attempt, unix_seconds=now, site_id=site_id)

    def one_nowait(
        self, webhook: PreparedWebhook, delivery: Delivery, *, attempt: int
    ) -> bytes | None:
        """Make it, as `one` does, unless something has to be looked up for it."""
        if webhook.needs_site or webhook.config.batch is not None:
            return None
        now = int(self._clock())
        return webhook.request(delivery, attempt=attempt, unix_seconds=now)

    async def batch(self, webhook: PreparedWebhook, deliveries: Sequence[Delivery]) -> bytes:
        """Make the request of one attempt at several deliveries.

        Args:
            webhook: The route's webhook.
            deliveries: What to deliver, at least one.

        Raises:
            BatchTooLarge: They are too many: templates may make much of little.
        """
        sites = await self._sites(webhook, deliveries)
        bodies: list[bytes] = []
        size = 0
        stride = Stride()
        for delivery in deliveries:
            bodies.append(webhook.bodies.in_batch(delivery, sites.get(delivery.device_id)))
            size += len(bodies[-1]) + 1
            if size > BATCH_BYTES and len(bodies) > 1:
                raise BatchTooLarge(f"a batch of {len(deliveries)} is larger than 1 MiB")
            await stride.step()
        # Another attempt may be made with other deliveries: each has an id of its own.
        message_id = f"batch_{uuid.uuid4().hex}"
        now = int(self._clock())
        return webhook.batch_request(deliveries, bodies, message_id=message_id, unix_seconds=now)

    async def show(self, webhook: PreparedWebhook, delivery: Delivery) -> ShownRequest:
        """Make the request of a first attempt as it may be shown.

        Args:
            webhook: The route's webhook.
            delivery: What would be delivered.
        """
        request = await self.one(webhook, delivery, attempt=1)
        sites = await self._sites(webhook, [delivery])
        return webhook.show(request, delivery, sites.get(delivery.device_id))

    async def _sites(self, webhook: PreparedWebhook, deliveries: Sequence[Delivery]) -> _Sites:
        """Look up where devices are, as far as it matters; a message's own word comes first."""
        if not webhook.needs_site:
            return _NO_SITES
        sites: dict[str, str | None] = {}
        for delivery in deliveries:
            site_id = named_site(delivery) or sites.get(delivery.device_id)
            if not site_id and delivery.device_id not in sites:
                site_id = await self._site_of(delivery.tenant_id, delivery.device_id)
            sites[delivery.device_id] = site_id
        return sites


async def _nowhere(_tenant_id: str, _device_id: str) -> str | None:
    await trio.lowlevel.checkpoint()
    return None
