"""`/customer/devices/{device_id}/gaps`: what is missing of what a device has counted."""

from __future__ import annotations

from typing import Final

import msgspec
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.devices.operations import DEVICE_ID, TAG
from pulse_router.api.devices.ports import GapStore
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.openapi.parameters import PAGE, query_parameter
from pulse_router.api.requests.cursors import BY_TIME_AND_ID
from pulse_router.api.requests.problems import found, not_found
from pulse_router.api.requests.reading import read_page, read_period
from pulse_router.api.requests.responses import Page, json_response, utc
from pulse_router.api.requests.values import EventId, Time
from pulse_router.domain.sequences import DeviceGap
from pulse_router.domain.topics import ID_PATTERN

PATH: Final = "/customer/devices/<device_id>/gaps"


class GapAnswer(msgspec.Struct):
    """Messages of a device that never came: `missing` numbers from `expected` up to before `got`.

    `event_id` is the message that `got` came with, received at `at`.
    """

    id: int
    at: Time
    device_id: str
    msg_type: str
    event_id: EventId
    expected: int
    got: int
    missing: int


class GapPage(Page):
    """A page of a device's gaps."""

    gaps: list[GapAnswer]


_LIST: Final = Operation(
    id="list_gaps",
    tag=TAG,
    summary="List what is missing of a device's messages, newest first",
    description="Found by the numbers that the device counts with, in `ingest.sequence_field`.",
    parameters=[
        DEVICE_ID,
        query_parameter("from", Time, "Not found before this time."),
        query_parameter("to", Time, "Found before this time."),
        *PAGE,
    ],
    answers={200: GapPage},
    problems={404: "There is no such device, nor any gap of it."},
)


class DeviceGaps:
    """Shows a device's gaps.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: GapStore) -> None:
        self._store = store

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.customer("GET", PATH, self.list_all, writes=False, operation=_LIST)

    async def list_all(self, tenant_id: str, device_id: str) -> Response:
        """Give a page of the gaps; also of a device that was removed, while there are any."""
        page = read_page(BY_TIME_AND_ID)
        start, end = read_period()
        if not ID_PATTERN.fullmatch(device_id):
            raise not_found("device")
        listed = await self._store.list_gaps(
            tenant_id, device_id, start=start, end=end, wanted=page.wanted
        )
        gaps = found(listed, "device")
        return json_response(GapPage(**page.of(gaps), gaps=[gap_answer(gap) for gap in gaps.items]))


def gap_answer(gap: DeviceGap) -> GapAnswer:
    """Show a gap."""
    return GapAnswer(
        id=gap.id,
        at=utc(gap.at),
        device_id=gap.device_id,
        msg_type=gap.msg_type,
        event_id=str(gap.event_id),
        expected=gap.expected,
        got=gap.got,
        missing=gap.missing,
    )
