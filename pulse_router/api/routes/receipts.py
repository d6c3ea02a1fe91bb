"""`/customer/message-routes/{id}/receipts`: what became of deliveries that succeeded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, cast

import msgspec
from msgspec import Meta
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.openapi.parameters import AFTER, LIMIT, path_parameter, query_parameter
from pulse_router.api.requests.cursors import BY_TIME_AND_ID, write_cursor
from pulse_router.api.requests.problems import bad_parameter, found
from pulse_router.api.requests.reading import read_id, read_number, read_page, read_period
from pulse_router.api.requests.responses import json_response, utc
from pulse_router.api.requests.values import EventId, Id, Time
from pulse_router.api.routes.ports import ReceiptStore, RouteStore
from pulse_router.domain.receipts import Receipt, ReceiptFilter, ReceiptMinute

TAG: Final = "Message routes"
PATH: Final = "/customer/message-routes/<route_id>/receipts"
MOST_HOURS: Final = 6


class ReceiptAnswer(msgspec.Struct):
    """A delivery that was made.

    `attempts` counts those that were spent, `milliseconds` is how long the last one took, and
    `status` what the destination answered; null where it gives no number.
    """

    delivery_id: EventId
    event_id: EventId
    settled_at: Time
    attempts: int
    status: int | None
    milliseconds: float


class ReceiptAnswerPage(msgspec.Struct):
    """A page of receipts. `next` leads to the one behind it, as `after`; it is null on the last.

    A page may hold fewer than `limit` though it is not the last, where few are what is asked for.
    """

    receipts: list[ReceiptAnswer]
    limit: int
    next: str | None


class AnswerCount(msgspec.Struct):
    """How many deliveries were answered so; `status` is null where there is no number."""

    status: int | None
    count: int


class MinuteAnswer(msgspec.Struct):
    """What was delivered in a minute.

    `left_out` are more, of which no receipts were written, for the day had enough.
    """

    at: Time
    answers: list[AnswerCount]
    left_out: int


class ReceiptCounts(msgspec.Struct):
    """The minutes in which something was delivered, oldest first."""

    minutes: list[MinuteAnswer]


_ROUTE_ID: Final = path_parameter("route_id", Id, "The route's id.")
_NO_ROUTE: Final = {404: "There is no such route."}
_LIST: Final = Operation(
    id="list_receipts",
    tag=TAG,
    summary="List what a route has delivered, newest first",
    description="Receipts are kept for `retention.receipt_days`.",
    parameters=[
        _ROUTE_ID,
        query_parameter(
            "status", Annotated[int, Meta(ge=100, le=599)], "Only those answered with this status."
        ),
        query_parameter("from", Time, "Not settled before this time."),
        query_parameter("to", Time, "Settled before this time."),
        LIMIT,
        AFTER,
    ],
    answers={200: ReceiptAnswerPage},
    problems=_NO_ROUTE,
)
_COUNT: Final = Operation(
    id="count_receipts",
    tag=TAG,
    summary="Count what a route has delivered, by minute and by answer",
    parameters=[
        _ROUTE_ID,
        query_parameter("from", Time, "Not settled before this time: an hour before `to`."),
        query_parameter("to", Time, f"Settled before this time: now. {MOST_HOURS} h at the most."),
    ],
    answers={200: ReceiptCounts},
    problems=_NO_ROUTE,
)


class Receipts:
    """Lists and counts receipts.

    Args:
        routes: The tenants' routes.
        store: What is left of their deliveries.
    """

    def __init__(self, routes: RouteStore, store: ReceiptStore) -> None:
        self._routes = routes
        self._store = store

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        paths.customer("GET", PATH, self.list_all, writes=False, operation=_LIST)
        paths.customer("GET", f"{PATH}/counts", self.count, writes=False, operation=_COUNT)

    async def list_all(self, tenant_id: str, route_id: str) -> Response:
        """Give a page of one of the tenant's routes' receipts."""
        number = read_id("route_id", route_id)
        page = read_page(BY_TIME_AND_ID)
        start, end = read_period()
        status = read_number("status", None, least=100, most=599)
        found(await self._routes.load_route(tenant_id, number), "route")
        listed = await self._store.list_of_route(
            tenant_id,
            number,
            ReceiptFilter(status=status, start=start, end=end),
            limit=page.limit,
            after=cast("tuple[datetime, int] | None", page.after),
        )
        return json_response(
            ReceiptAnswerPage(
                receipts=[_receipt_answer(receipt) for receipt in listed.receipts],
                limit=page.limit,
                next=None if listed.next is None else write_cursor(listed.next),
            )
        )

    async def count(self, tenant_id: str, route_id: str) -> Response:
        """Count what one of the tenant's routes has delivered, by minute."""
        number = read_id("route_id", route_id)
        start, end = read_period()
        end = end or datetime.now(UTC)
        start = start or end - timedelta(hours=1)
        if end - start > timedelta(hours=MOST_HOURS):
            problem = f"must be {MOST_HOURS} hours before 'to' at the most"
            raise bad_parameter("from", problem, start.isoformat())
        found(await self._routes.load_route(tenant_id, number), "route")
        minutes = await self._store.count_by_minute(tenant_id, number, start, end)
        return json_response(ReceiptCounts([_minute_answer(minute) for minute in minutes]))


def _receipt_answer(receipt: Receipt) -> ReceiptAnswer:
    return ReceiptAnswer(
        delivery_id=str(receipt.delivery_id),
        event_id=str(receipt.event_id),
        settled_at=utc(receipt.settled_at),
        attempts=receipt.attempts,
        status=receipt.status,
        milliseconds=receipt.milliseconds,
    )


def _minute_answer(minute: ReceiptMinute) -> MinuteAnswer:
    counts = sorted(minute.counts.items(), key=lambda item: item[0] or 0)
    return MinuteAnswer(
        at=utc(minute.at),
        answers=[AnswerCount(status, count) for status, count in counts],
        left_out=minute.left_out,
    )
