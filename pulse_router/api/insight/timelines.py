"""`/customer/devices/{device_id}/timeline`: what came of a device, in one order, newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Final, Literal, TypeAlias, cast

import msgspec
from msgspec import Meta
from quart import Response, request

from pulse_router.api.access.paths import Paths
from pulse_router.api.devices.ports import DeviceStore
from pulse_router.api.insight.ports import DeliveryFinder, TimelineStore
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.openapi.parameters import path_parameter, query_parameter
from pulse_router.api.requests.cursors import After, read_cursor, write_cursor
from pulse_router.api.requests.problems import not_found
from pulse_router.api.requests.reading import read_number, read_period
from pulse_router.api.requests.responses import json_response, utc, utc_or_none
from pulse_router.api.requests.values import MAX_ID, DeviceId, EventId, Time
from pulse_router.domain.insight.ends import DeliveryEnd, DeliveryState, ends_of, say_end
from pulse_router.domain.insight.timeline import Entry, Moment, moment_of
from pulse_router.domain.telemetry import StoredMessage
from pulse_router.domain.topics import ID_PATTERN

PATH: Final = "/customer/devices/<device_id>/timeline"
DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 100
_KEYS: Final = tuple[
    Annotated[datetime, Meta(tz=True)], bool, Annotated[int, Meta(ge=0, le=MAX_ID)]
]


_Keys: TypeAlias = tuple[datetime, bool, int]


class DeliveryLine(msgspec.Struct):
    """How far a delivery of a message has come; `id` is its `webhook-id`."""

    id: EventId
    route_id: int
    state: DeliveryState
    text: str
    ended_at: Time | None


class TimelineEntry(msgspec.Struct):
    """Something that came of the device: a message that was stored, or one that was refused.

    `at` is the device's own time of a message, and that of arrival of a refusal. `text` has the
    message's type, or why it was refused.
    """

    kind: Literal["message", "refusal"]
    id: str
    at: Time
    received_at: Time
    text: str
    deliveries: list[DeliveryLine]


class TimelineAnswer(msgspec.Struct):
    """A page of a timeline, newest first. `next` leads to the page behind it, as `after`."""

    device_id: str
    limit: int
    next: str | None
    entries: list[TimelineEntry]


_TIMELINE: Final = Operation(
    id="device_timeline",
    tag="Devices",
    summary="Look back on what came of a device: messages, their deliveries, refusals",
    parameters=[
        path_parameter("device_id", DeviceId, "The device's id."),
        query_parameter("from", Time, "Not before this time."),
        query_parameter("to", Time, "Before this time."),
        query_parameter("after", After, "Where to go on: `next` of the page before."),
        query_parameter(
            "limit",
            Annotated[int, Meta(ge=1, le=MAX_LIMIT)],
            "How many to give at the most.",
            default=DEFAULT_LIMIT,
        ),
    ],
    answers={200: TimelineAnswer},
    problems={404: "There is no such device, nor anything that came of it."},
)


class Timelines:
    """Shows what came of devices.

    Args:
        devices: The registry.
        timelines: Messages and refusals.
        deliveries: What became of the messages.
    """

    def __init__(
        self, devices: DeviceStore, timelines: TimelineStore, deliveries: DeliveryFinder
    ) -> None:
        self._devices = devices
        self._timelines = timelines
        self._deliveries = deliveries

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.customer("GET", PATH, self.list_all, writes=False, operation=_TIMELINE)

    async def list_all(self, tenant_id: str, device_id: str) -> Response:
        """Give a page of a device's timeline; also of one that was removed, while there is any."""
        limit = read_number("limit", DEFAULT_LIMIT, least=1, most=MAX_LIMIT)
        start, end = read_period()
        after = request.args.get("after")
        before = None if after is None else Moment(*cast("_Keys", read_cursor(after, _KEYS)))
        if not ID_PATTERN.fullmatch(device_id):
            raise not_found("device")
        page = await self._timelines.load_timeline(
            tenant_id, device_id, start=start, end=end, before=before, limit=limit
        )
        if not page.entries and await self._devices.load_device(tenant_id, device_id) is None:
            raise not_found("device")
        ends = await self._ends(tenant_id, page.entries)
        entries = [_shown(entry, ends.get(moment_of(entry).id, ())) for entry in page.entries]
        following = page.next
        return json_response(
            TimelineAnswer(
                device_id,
                limit,
                None
                if following is None
                else write_cursor((following.at, following.is_message, following.id)),
                entries,
            )
        )

    async def _ends(
        self, tenant_id: str, entries: Sequence[Entry]
    ) -> Mapping[int, Sequence[DeliveryEnd]]:
        """Give the deliveries of the messages on a page, by message."""
        ids = [entry.event_id for entry in entries if isinstance(entry, StoredMessage)]
        if not ids:
            return {}
        # In the order in which a delivery goes on: one that does meanwhile is seen all the same.
        pending = await self._deliveries.find_pending(tenant_id, ids)
        delivered = await self._deliveries.find_delivered(tenant_id, ids)
        dead = await self._deliveries.find_dead(tenant_id, ids)
        found: dict[int, list[DeliveryEnd]] = defaultdict(list)
        for end in ends_of(pending, delivered, dead):
            found[end.event_id].append(end)
        return found


def _shown(entry: Entry, ends: Sequence[DeliveryEnd]) -> TimelineEntry:
    if isinstance(entry, StoredMessage):
        return TimelineEntry(
            "message",
            str(entry.event_id),
            utc(entry.time),
            utc(entry.received_at),
            entry.msg_type,
            [_line(end) for end in ends],
        )
    at = utc(entry.received_at)
    text = f"refused, {entry.reason}: {entry.detail}"
    return TimelineEntry("refusal", str(entry.id), at, at, text, [])


def _line(end: DeliveryEnd) -> DeliveryLine:
    return DeliveryLine(
        str(end.delivery_id), end.route_id, end.state, say_end(end), utc_or_none(end.ended_at)
    )
