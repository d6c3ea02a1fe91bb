"""`/customer/devices/{device_id}/telemetry`: what a device has sent, newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta
from quart import Response, request

from pulse_router.api.access import Paths
from pulse_router.api.ports import HistoryStore
from pulse_router.api.problems import Problem, bad_parameter, not_found
from pulse_router.api.requests import read_number, read_page
from pulse_router.api.responses import json_response, page_json
from pulse_router.domain.telemetry import HistoryCursor, HistoryQuery, StoredMessage
from pulse_router.domain.topics import ID_PATTERN

PATH: Final = "/customer/devices/<device_id>/telemetry"
MAX_OFFSET: Final = 10_000
"""What is passed over is read all the same; `before` goes any depth at the same cost."""

_Time = Annotated[datetime, Meta(tz=True)]


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
        paths.customer("GET", PATH, self.list_all, writes=False)

    async def list_all(self, tenant_id: str, device_id: str) -> Response:
        """Give a page of the history; also of a device that was removed, while there is any."""
        query = _read_query()
        if not ID_PATTERN.fullmatch(device_id):
            raise not_found("device")
        page = await self._store.load_history(tenant_id, device_id, query)
        if page is None:
            raise not_found("device")
        shown = [_message_json(message) for message in page.messages]
        body = page_json("telemetry", shown, page.total, limit=query.limit, offset=query.offset)
        return json_response(
            body
            | {
                "total_is_exact": page.total_is_exact,
                "next": None if page.next is None else str(page.next),
            }
        )


def _read_query() -> HistoryQuery:
    page = read_page()
    offset = read_number("offset", 0, least=0, most=MAX_OFFSET)
    start, end = _read_time("from"), _read_time("to")
    if start is not None and end is not None and end <= start:
        raise bad_parameter("to", "must be after from", request.args["to"])
    return HistoryQuery(
        start=start, end=end, before=_read_cursor("before"), limit=page.limit, offset=offset
    )


def _read_time(name: str) -> datetime | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        # A "+" that was not percent-encoded arrives as a space.
        time = msgspec.convert(text.strip().replace(" ", "+"), _Time, strict=True)
        return time.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise _not_a_time(name, text) from None


def _not_a_time(name: str, text: str) -> Problem:
    example = "2026-02-16T12:00:00Z"
    return bad_parameter(name, f"must be a time of RFC 3339 with an offset, like {example}", text)


def _read_cursor(name: str) -> HistoryCursor | None:
    text = request.args.get(name)
    if text is None:
        return None
    try:
        return HistoryCursor.parse(text)
    except ValueError as error:
        raise bad_parameter(name, str(error), text) from None


def _message_json(message: StoredMessage) -> dict[str, Any]:
    """Show a message; `extra` only where it has any."""
    shown = {
        "id": str(message.event_id),
        "timestamp": message.time.astimezone(UTC),
        "received_at": message.received_at.astimezone(UTC),
        "device_id": message.device_id,
        "site_id": message.site_id,
        "msg_type": message.msg_type,
        "metrics": _raw(message.metrics),
    }
    return shown if message.extra is None else shown | {"extra": _raw(message.extra)}


def _raw(json: str | None) -> msgspec.Raw | None:
    return None if json is None else msgspec.Raw(json.encode())
