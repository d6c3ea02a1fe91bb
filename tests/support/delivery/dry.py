"""The requests of webhooks as they would go out, where nothing can be sent."""

from __future__ import annotations

import time

from pulse_router.domain.deliveries import Delivery, Outcome, ShownRequest, Verdict
from pulse_router.domain.destinations import WebhookDefaults, parse_webhook
from pulse_router.domain.routes import Route
from pulse_router.webhook.making import RequestMaker
from pulse_router.webhook.requests import PreparedWebhook


class DryWebhooks:
    """Shows requests as the webhook destination does; an attempt would be a mistake."""

    async def deliver(self, delivery: Delivery, route: Route, *, attempt: int) -> Outcome:
        said = f"attempt {attempt} at {delivery.id} of {route.id}: nothing can be sent here"
        return Outcome(Verdict.DEAD, error=said)

    async def show(self, delivery: Delivery, route: Route) -> ShownRequest:
        config = parse_webhook(
            route.destination_config, route.secrets, WebhookDefaults(), route.template_secrets
        )
        return await RequestMaker(time.time).show(PreparedWebhook(config, route), delivery)
