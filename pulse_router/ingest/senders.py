"""Says of each message of an arrival who sent it: reads its topic, and finds the device.

The registry's database is asked once an arrival, for all devices together that are not in memory.
Knows payloads only as far as a device that registers itself must show one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Final, NamedTuple

import attrs
from msgspec import UNSET

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import Device, DeviceKey, NewDevice, Unreadable
from pulse_router.domain.republish import HOPS_PROPERTY
from pulse_router.domain.topics import parse_device_topic
from pulse_router.ingest.arrivals import Publication
from pulse_router.ingest.limits import Limits
from pulse_router.ingest.payload import decode_payload
from pulse_router.ingest.registry import DeviceRegistry
from pulse_router.runtime.patience import outlast
from pulse_router.runtime.sharing import SharedTexts

MAX_CACHED_TOPICS: Final = 16_384
MAX_SITE_LENGTH: Final = 128


class Sender(NamedTuple):
    """What a valid topic says."""

    device: DeviceKey
    msg_type: str


@attrs.frozen
class Senders:
    """Who sent the messages of an arrival.

    Attributes:
        in_order: The sender of each message; None where the topic has another form.
        devices: Those of them that are registered.
        tenants: Of the tenants whose devices the database was asked for, those that have any.
        full: Says of tenants why their unknown devices could not register themselves.
    """

    in_order: Sequence[Sender | None]
    devices: Mapping[DeviceKey, Device]
    tenants: Collection[str]
    full: Mapping[str, str] = attrs.field(factory=dict)

    def has_devices(self, tenant_id: str, device: Device | None) -> bool:
        """Tell whether a sender's tenant has any device."""
        return device is not None or tenant_id in self.tenants


class SenderFinder:
    """Reads topics and finds devices.

    Args:
        registry: The registered devices.
        limits: Whether unknown devices register themselves, and what their message may be.
        report: Told why the registry cannot be asked, and None when it can.
    """

    def __init__(
        self,
        registry: DeviceRegistry,
        limits: Limits,
        *,
        report: Callable[[str | None], None],
    ) -> None:
        self._registry = registry
        self._limits = limits
        self._report = report
        self._topics: dict[str, Sender] = {}
        self._texts = SharedTexts(MAX_CACHED_TOPICS)

    async def find(self, publications: Sequence[Publication]) -> Senders:
        """Find the senders of an arrival's messages; holds while the database is away.

        What is found holds for the whole arrival, whatever is forgotten meanwhile.
        """
        known = self._topics.get
        senders = [known(p.topic) or self._read_topic(p.topic) for p in publications]
        devices: dict[DeviceKey, Device] = {}
        unknown: set[DeviceKey] = set()
        for key in {sender.device for sender in senders if sender is not None}:
            device = self._registry.get(key)
            if device is not None:
                devices[key] = device
            else:
                unknown.add(key)
        if not unknown:
            return Senders(senders, devices, ())
        newcomers: Collection[NewDevice] = ()
        if self._limits.auto_provision:
            newcomers = find_newcomers(
                zip(publications, senders, strict=True), unknown, self._limits
            )
        load = partial(self._registry.load, unknown, newcomers)
        found = await outlast(Unavailable, load, report=self._report)
        devices.update(found.devices)
        return Senders(senders, devices, found.tenants, found.full)

    def _read_topic(self, topic: str) -> Sender | None:
        parts = parse_device_topic(topic)
        if parts is None:
            return None
        share = self._texts.share
        sender = Sender((share(parts.tenant_id), parts.device_id), share(parts.msg_type))
        if len(self._topics) >= MAX_CACHED_TOPICS:
            self._topics.clear()
        self._topics[topic] = sender
        return sender


def find_newcomers(
    messages: Iterable[tuple[Publication, Sender | None]],
    unknown: Collection[DeviceKey],
    limits: Limits,
) -> Collection[NewDevice]:
    """Find out which unknown devices may register themselves by what they send.

    The first message of a device that may be read and brings what is required decides.

    Args:
        messages: Messages and their senders, in order of arrival.
        unknown: The devices that are not in memory.
        limits: What their message may be.
    """
    newcomers: dict[DeviceKey, NewDevice] = {}
    for publication, sender in messages:
        if sender is None or sender.device not in unknown or sender.device in newcomers:
            continue
        newcomer = _as_newcomer(publication, sender.device, limits)
        if newcomer is not None:
            newcomers[sender.device] = newcomer
    return newcomers.values()


def _as_newcomer(publication: Publication, key: DeviceKey, limits: Limits) -> NewDevice | None:
    payload = publication.payload
    if len(payload) > limits.max_payload_bytes or is_our_own(publication):
        return None
    if isinstance(publication, Unreadable):
        return None
    try:
        named, _, token = decode_payload(payload)
    except Exception:  # noqa: BLE001 - the decoder meets it again, refuses it, and says why
        return None
    tenant_id, device_id = key
    if named.tenant_id not in (tenant_id, UNSET, None) or (token is None and limits.require_token):
        return None
    site_id = named.site_id or None
    if site_id is not None and len(site_id) > MAX_SITE_LENGTH:
        return None
    return NewDevice(tenant_id, device_id, site_id, token and sha256(token).digest())


def is_our_own(publication: Publication) -> bool:
    """Tell whether pulse-router has published a message itself, to carry out a route."""
    return any(name == HOPS_PROPERTY for name, _ in publication.user_properties)
