"""Adds refused messages to what is decoded: as rows, or to the count of those that are not kept."""

from __future__ import annotations

import attrs

from pulse_router.domain.messages import Device, DeviceKey
from pulse_router.ingest.arrivals import Publication
from pulse_router.ingest.decoding import Decoding
from pulse_router.ingest.faults import IngestFaults
from pulse_router.ingest.payload import Refused
from pulse_router.ingest.rejections import Rejections
from pulse_router.ingest.senders import Sender


@attrs.frozen
class Refusals:
    """Adds refused messages.

    Args:
        rejections: Makes rows of them.
        faults: Told of those of which none can be made.
    """

    rejections: Rejections
    faults: IngestFaults

    def add(
        self,
        decoding: Decoding,
        publication: Publication,
        sender: Sender | None,
        refused: Refused,
    ) -> None:
        """Add a refused message as a row, or to the count of those that are not kept."""
        known: DeviceKey | None = None
        device: Device | None = None
        if sender is not None:
            device = decoding.senders.devices.get(sender.device)
            if decoding.senders.has_devices(sender.device[0], device):
                known = sender.device
        rejection = None
        try:
            rejection = self.rejections.keep(
                publication,
                refused,
                sender=known,
                device=device,
                received_at=decoding.received_at,
                now=decoding.now,
            )
        except Exception as error:  # noqa: BLE001 - it is counted, as if the cap were reached
            self.faults.message_failed(publication.topic, error)
        if rejection is None:
            decoding.batch.capped[None if known is None else known[0]] += 1
        else:
            decoding.batch.rejections.append(rejection)
