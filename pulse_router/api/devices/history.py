"""`/customer/devices/{device_id}/telemetry`: what a device has sent, newest first."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType
from quart import Response, request

from pulse_router.api.access.paths import Paths
from pulse_router.api.devices.ports import HistoryStore
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.openapi.parameters import LIMIT, OFFSET, path_parameter, query_parameter
from pulse_router.api.requests.problems import bad_parameter, found, not_found
from pulse_router.api.requests.reading import read_page, read_period
from pulse_router.api.requests.responses import Page, json_of_jsonb, json_response, utc
from pulse_router.api.requests.values import DeviceId, EventId, Time
from pulse_router.domain.telemetry import HistoryCursor, HistoryQuery, StoredMessage
from pulse_router.domain.topics import ID_PATTERN

MAX_COUNTED: Final = 10_000
PATH: Final = "/customer/devices/<device_id>/telemetry"
_Cursor = Annotated[str, Meta(pattern=r"^-?[0-9]{1,18}\.[0-9]{1,19}$")]


class MessageAnswer(msgspec.Struct):
    """A message as it was stored; `extra` holds the fields that the device added, if any."""

    id: EventId
    timestamp: Time
    received_at: Time
    device_id: str
    site_id: str | None
    msg_type: str
    metrics: msgspec.Raw | None
    extra: msgspec.Raw | UnsetType = UNSET


class HistoryAnswer(Page):
    """A page of a history. `next` leads to the page after it, also as `before`."""

    telemetry: list[MessageAnswer]


_LIST: Final = Operation(
    id="list_telemetry",
    tag="Devices",
    summary="Look back on what a device has sent, newest first",
    description=(
        f"`total` is counted up to {MAX_COUNTED}; when `total_is_exact` is false there are more."
        " Pages go by `offset`, or to any depth at the same cost by `before`."
    ),
    parameters=[
        path_parameter("device_id", DeviceId, "The device's id."),
        query_parameter("from", Time, "Not before this time of the device."),
        query_parameter("to", Time, "Before this time of the device."),
        query_parameter("after", _Cursor, "Where to go on: `next` of the page before."),
        query_parameter("before", _Cursor, "The same, by the name that it had first."),
        LIMIT,
        OFFSET,
    ],
    answers={200: HistoryAnswer},
    problems={404: "There is no such device, nor anything that it has sent."},
)


class TelemetryHistory:
    """Shows a device's history.

    `from` (included) and `to` (not included) bound the device's own time. Pages go by `offset` as
    in every list, or by `before`, with `next` of the page before. `total` is counted up to 10,000;
    when `total_is_exact` is false there are more.

    Args:
        store: Where it is kept.
    """

    def __init__(self, store: HistoryStore) -> None:
        self._store = store

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.customer("GET", PATH, self.list_all, writes=False, operation=_LIST)

    async def list_all(self, tenant_id: str, device_id: str) -> Response:
        """Give a page of the history; also of a device that was removed, while there is any."""
        query = _read_query()
        if not ID_PATTERN.fullmatch(device_id):
            raise not_found("device")
        page = found(await self._store.load_history(tenant_id, device_id, query), "device")
        return json_response(
            HistoryAnswer(
                telemetry=[message_answer(message) for message in page.messages],
                total=page.total,
                total_is_exact=page.total_is_exact,
                next=None if page.next is None else str(page.next),
                limit=query.limit,
                offset=query.offset,
            )
        )


def _read_query() -> HistoryQuery:
    page = read_page()
    start, end = read_period()
    return HistoryQuery(
        start=start,
        end=end,
        before=_read_cursor("after") or _read_cursor("before"),
        limit=page.limit,
        offset=page.offset,
    )


def _read_cursor(name: str) -> HistoryCursor | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        return HistoryCursor.parse(text)
    except ValueError as error:
        raise bad_parameter(name, str(error), text) from None


def message_answer(message: StoredMessage) -> MessageAnswer:
    """Show a stored message."""
    return MessageAnswer(
        id=str(message.event_id),
        timestamp=utc(message.time),
        received_at=utc(message.received_at),
        device_id=message.device_id,
        site_id=message.site_id,
        msg_type=message.msg_type,
        metrics=None if message.metrics is None else json_of_jsonb(message.metrics),
        extra=UNSET if message.extra is None else json_of_jsonb(message.extra),
    )
