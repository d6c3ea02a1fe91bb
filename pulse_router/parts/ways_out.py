"""Where webhooks go: what they are held to, which changes when settings are read again."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import attrs

from pulse_router import options
from pulse_router.settings import DeliverySettings, Settings
from pulse_router.settings.live import LiveSettings
from pulse_router.webhook.guard import NetworkGuard
from pulse_router.webhook.names import Resolver
from pulse_router.webhook.proxy import WayOut
from pulse_router.webhook.sender import WebhookDestination, open_webhooks
from pulse_router.webhook.tls import WebhookTls


@attrs.frozen
class WaysOut:
    """What every connection to come goes by."""

    guard: NetworkGuard
    tls: WebhookTls
    way_out: WayOut

    def open(
        self, delivery: DeliverySettings, *, resolver: Resolver | None = None
    ) -> AbstractAsyncContextManager[WebhookDestination]:
        """Open the webhooks.

        Args:
            delivery: What the operator has set.
            resolver: Who resolves names; the system by default.
        """
        return open_webhooks(
            self.guard,
            defaults=options.webhook_defaults(delivery),
            tls=self.tls,
            way_out=self.way_out,
            resolver=resolver,
        )

    def follow(self, live: LiveSettings) -> None:
        """Have webhooks go where they may now, and trust whom they are to trust now."""

        def change_proxy(new: Settings) -> None:
            self.way_out.proxy = options.webhook_proxy(new.delivery)

        live.follow(
            lambda new: self.guard.allow(new.delivery.allow_networks),
            "delivery.allow_networks",
        )
        live.follow(
            lambda new: self.guard.allow_ports(new.delivery.allow_ports),
            "delivery.allow_ports",
        )
        live.follow(
            change_proxy,
            "delivery.proxy",
            "delivery.proxy_credentials",
            "delivery.proxy_resolves",
        )
        live.follow(
            lambda new: self.tls.exchange(options.webhook_tls(new.delivery)),
            "delivery.ca_file",
            "delivery.client_cert_file",
            "delivery.client_key_file",
            "delivery.client_certificates",
        )


def make_ways_out(delivery: DeliverySettings) -> WaysOut:
    """Make what the operator has set."""
    return WaysOut(
        options.network_guard(delivery),
        WebhookTls(options.webhook_tls(delivery)),
        WayOut(options.webhook_proxy(delivery)),
    )
