"""`/customer/message-routes/{id}/deliveries`: what a route has pending, and what was tried."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.attempts import AttemptAnswer, attempt_answer
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.openapi.parameters import LIMIT, OFFSET, path_parameter
from pulse_router.api.requests.problems import found
from pulse_router.api.requests.reading import PageRequest, read_id, read_page
from pulse_router.api.requests.responses import Page, json_response, raw_json, utc
from pulse_router.api.requests.values import EventId, Id, Time
from pulse_router.api.routes.ports import HurryStore, PendingStore, RouteStore
from pulse_router.domain.deliveries import PendingDelivery, PendingPage

TAG: Final = "Message routes"
PATH: Final = "/customer/message-routes/<route_id>/deliveries"


class PendingAnswer(msgspec.Struct):
    """A delivery that waits for its first attempt, or for the next one.

    `attempts` counts those that are spent, `pushbacks` those that the endpoint pushed back.
    """

    id: EventId
    tenant_id: str
    route_id: int
    device_id: str
    event_id: EventId
    topic: str
    attempts: int
    pushbacks: int
    next_attempt_at: Time
    last_error: str | None
    created_at: Time
    history: list[AttemptAnswer]


class PendingWithPayload(PendingAnswer):
    """The same with what is to be delivered."""

    payload: msgspec.Raw


class PendingAnswerPage(Page):
    """A page of what is pending."""

    deliveries: list[PendingAnswer]


_ROUTE_ID: Final = path_parameter("route_id", Id, "The route's id.")
_LIST: Final = Operation(
    id="list_pending_deliveries",
    tag=TAG,
    summary="List what a route has pending, the longest due first",
    description="Counted up to 10,000; `total_is_exact` says whether that is all.",
    parameters=[_ROUTE_ID, LIMIT, OFFSET],
    answers={200: PendingAnswerPage},
    problems={404: "There is no such route."},
)


class DueAnswer(msgspec.Struct):
    """A delivery that is attempted as soon as its route's limits allow."""

    id: EventId
    next_attempt_at: Time


class ResumedAnswer(msgspec.Struct):
    """A route whose deliveries are attempted again; `due` is how many waited after a failure."""

    route_id: int
    due: int


_ATTEMPT: Final = Operation(
    id="attempt_delivery",
    tag=TAG,
    summary="Attempt a pending delivery now",
    description="It is due at once, and attempted in its turn within the route's limits. Where the"
    " endpoint fails again and again, one attempt is made, of what has been due for longest.",
    parameters=[_ROUTE_ID, path_parameter("delivery_id", EventId, "The delivery's id.")],
    answers={202: DueAnswer},
    problems={404: "There is no such delivery, or it is no longer pending."},
)
_RESUME: Final = Operation(
    id="resume_route",
    tag=TAG,
    summary="Attempt again what waits, for the endpoint is mended",
    description="All that waits after a failure is due at once, and that the endpoint has failed is"
    " forgotten: it is no longer given probes alone. How long it has asked to be left alone, it"
    " still is.",
    parameters=[_ROUTE_ID],
    answers={200: ResumedAnswer},
    problems={404: "There is no such route."},
)
_READ: Final = Operation(
    id="read_pending_delivery",
    tag=TAG,
    summary="Read one of what a route has pending",
    parameters=[_ROUTE_ID, path_parameter("delivery_id", EventId, "The delivery's id.")],
    answers={200: PendingWithPayload},
    problems={404: "There is no such delivery, or it is no longer pending."},
)


class PendingDeliveries:
    """Lists and shows pending deliveries.

    Args:
        routes: The tenants' routes.
        store: What they have pending.
        hurry: Makes it due.
    """

    def __init__(self, routes: RouteStore, store: PendingStore, hurry: HurryStore) -> None:
        self._routes = routes
        self._store = store
        self._hurry = hurry

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        paths.customer("GET", PATH, self.list_all, writes=False, operation=_LIST)
        one, route = f"{PATH}/<delivery_id>", PATH.removesuffix("/deliveries")
        paths.customer("GET", one, self.read, writes=False, operation=_READ)
        for path, handler, operation in (
            (f"{one}/attempt", self.attempt, _ATTEMPT),
            (f"{route}/resume", self.resume, _RESUME),
        ):
            paths.customer("POST", path, handler, writes=True, operation=operation)

    async def list_all(self, tenant_id: str, route_id: str) -> Response:
        """Give a page of what one of the tenant's routes has pending."""
        number = read_id("route_id", route_id)
        page = read_page()
        found(await self._routes.load_route(tenant_id, number), "route")
        pending = await self._store.list_pending(
            tenant_id, number, limit=page.limit, offset=page.offset
        )
        return json_response(pending_page(page, pending))

    async def attempt(self, tenant_id: str, route_id: str, delivery_id: str) -> Response:
        """Have one delivery attempted now."""
        route, number = read_id("route_id", route_id), read_id("delivery_id", delivery_id)
        due_at = found(await self._hurry.make_due(tenant_id, route, number), "delivery")
        return json_response(DueAnswer(str(number), utc(due_at)), HTTPStatus.ACCEPTED)

    async def resume(self, tenant_id: str, route_id: str) -> Response:
        """Have all attempted again that waits after a failure."""
        number = read_id("route_id", route_id)
        found(await self._routes.load_route(tenant_id, number), "route")
        due = await self._hurry.make_all_due(tenant_id, number)
        return json_response(ResumedAnswer(number, due))

    async def read(self, tenant_id: str, route_id: str, delivery_id: str) -> Response:
        """Give one delivery, as long as it is pending."""
        number = read_id("route_id", route_id)
        delivery = found(
            await self._store.load_pending(
                tenant_id, read_id("delivery_id", delivery_id), route_id=number
            ),
            "delivery",
        )
        shown = msgspec.structs.asdict(pending_answer(delivery))
        payload = raw_json(delivery.payload or "null")
        return json_response(PendingWithPayload(**shown, payload=payload))


def pending_page(page: PageRequest, pending: PendingPage) -> PendingAnswerPage:
    """Show a page of what is pending."""
    shown = [pending_answer(delivery) for delivery in pending.deliveries]
    return PendingAnswerPage(
        **page.part(pending.total, is_exact=pending.is_exact), deliveries=shown
    )


def pending_answer(delivery: PendingDelivery) -> PendingAnswer:
    """Show a pending delivery."""
    return PendingAnswer(
        id=str(delivery.id),
        tenant_id=delivery.tenant_id,
        route_id=delivery.route_id,
        device_id=delivery.device_id,
        event_id=str(delivery.event_id),
        topic=delivery.topic,
        attempts=delivery.attempts,
        pushbacks=delivery.pushbacks,
        next_attempt_at=utc(delivery.next_attempt_at),
        last_error=delivery.last_error,
        created_at=utc(delivery.created_at),
        history=[attempt_answer(record) for record in delivery.history],
    )
