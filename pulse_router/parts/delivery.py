"""Delivery: the queue, and where deliveries go."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import attrs

from pulse_router import options
from pulse_router.delivery.attempts import AlreadyWritten
from pulse_router.delivery.dispatcher import Dispatcher
from pulse_router.delivery.ports import Destination
from pulse_router.delivery.replay import Replayer
from pulse_router.delivery.spans import SpanRecorder, Traced, TracedBatches
from pulse_router.domain.routes import DestinationType
from pulse_router.mqtt.republisher import Publishing, Republisher
from pulse_router.parts.devices import DeviceParts
from pulse_router.parts.foundation import Foundation
from pulse_router.parts.routes import RouteParts
from pulse_router.stores.dead_letters.dead_letters import PostgresDeadLetterStore
from pulse_router.stores.deliveries.deliveries import PostgresDeliveryStore
from pulse_router.stores.deliveries.leases import PostgresLeaseStore
from pulse_router.stores.receipts.merging import ReceiptMerger
from pulse_router.webhook.sender import WebhookDestination


@attrs.frozen(kw_only=True)
class DeliveryParts:
    """What delivers, what delivers dead letters once more, and where both go."""

    dispatcher: Dispatcher
    replayer: Replayer
    receipts: ReceiptMerger
    destinations: Mapping[DestinationType, Destination]


def join_destinations(
    base: Foundation,
    devices: DeviceParts,
    webhooks: WebhookDestination,
    publisher: Publishing,
    recorder: SpanRecorder | None = None,
) -> Mapping[DestinationType, Destination]:
    """Say for each type of destination who delivers there.

    Args:
        base: What every room stands on.
        devices: Who knows where a device is.
        webhooks: Where webhooks are sent.
        publisher: Who publishes what is republished.
        recorder: Who records what attempts are part of, if anybody.
    """
    webhooks.maker.look_up_sites(devices.registry.site_of)
    republisher = Republisher(
        publisher,
        allowed_prefixes=base.republish_prefixes,
        timeout_seconds=base.settings.delivery.timeout_seconds,
        site_of=devices.registry.site_of,
    )
    written = AlreadyWritten()
    if recorder is None:
        return {
            DestinationType.WEBHOOK: webhooks,
            DestinationType.MQTT_REPUBLISH: republisher,
            DestinationType.POSTGRESQL: written,
        }
    return {
        DestinationType.WEBHOOK: TracedBatches(webhooks, recorder),
        DestinationType.MQTT_REPUBLISH: Traced(republisher, recorder),
        DestinationType.POSTGRESQL: written,
    }


def join_delivery(
    base: Foundation, routes: RouteParts, destinations: Mapping[DestinationType, Destination]
) -> DeliveryParts:
    """Join the stage that delivers."""
    settings = base.settings
    receipts = ReceiptMerger(base.database, max_bytes_per_day=settings.receipts.max_bytes_per_day)
    dispatcher = Dispatcher(
        PostgresDeliveryStore(base.database, receipts=receipts),
        routes.store,
        destinations,
        workers=settings.delivery.workers,
        defaults=options.webhook_defaults(settings.delivery),
        report=partial(base.readiness.report, "deliveries"),
        leases=PostgresLeaseStore(
            base.database,
            owner=options.router_name(settings.mqtt),
            heartbeats=base.heartbeats,
        ),
    )
    dead_letters = PostgresDeadLetterStore(base.api_database, heartbeats=base.heartbeats)
    return DeliveryParts(
        dispatcher=dispatcher,
        replayer=Replayer(dead_letters, routes.store, dispatcher),
        receipts=receipts,
        destinations=destinations,
    )
