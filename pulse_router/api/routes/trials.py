"""Tries a message on a route: whether it matches, what would be sent, and what is answered."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import attrs
import msgspec
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.requests.json_bodies import read_body
from pulse_router.api.requests.problems import FieldFault, Problem, found, invalid
from pulse_router.api.requests.reading import read_id
from pulse_router.api.requests.responses import json_response
from pulse_router.api.routes import operations
from pulse_router.api.routes.bodies import type_of
from pulse_router.api.routes.drafts import draft_route
from pulse_router.api.routes.ports import DeliveryStage, RouteStore
from pulse_router.api.routes.showing import RequestShow
from pulse_router.api.routes.trial_bodies import (
    DraftTestBody,
    RequestAnswer,
    RouteTestAnswer,
    RouteTestBody,
    TrialAnswer,
)
from pulse_router.api.routes.verdicts import Explainer
from pulse_router.domain.deliveries import Delivery, NotAttempted, ShownRequest
from pulse_router.domain.republish import Fence
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.domain.topics import DeviceTopic, parse_device_topic, topic_matches
from pulse_router.ingest.scrubbing import TOKEN_FIELD, hide, secrets_of

PATH: Final = "/customer/message-routes/<route_id>/test"
DRAFT_PATH: Final = "/customer/message-routes/test"
_NOT_STORED: Final = 0
"""The id of a draft: no stored route has it."""
_TEST_ID_BITS: Final = 62
_encode: Final = msgspec.json.Encoder().encode


class RouteTrials:
    """Tries routes.

    Args:
        store: The routes.
        delivery: Makes the attempts.
        requests: Shows what they would send.
        fence_of: Says where a tenant's routes may lead.
        utc_now: Gives the time.
    """

    def __init__(
        self,
        store: RouteStore,
        delivery: DeliveryStage,
        requests: RequestShow,
        fence_of: Callable[[str], Fence],
        *,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._delivery = delivery
        self._requests = requests
        self._fence_of = fence_of
        self._explainer = Explainer()
        self._utc_now = utc_now

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        draft = operations.TEST_DRAFT
        paths.customer("POST", DRAFT_PATH, self.test_draft, writes=True, operation=draft)
        paths.customer("POST", PATH, self.test, writes=True, operation=operations.TEST)

    async def test(self, tenant_id: str, route_id: str) -> Response:
        """Say what a route would do with a message, and have it attempted where that is wanted."""
        number = read_id("route_id", route_id)
        body = await read_body(RouteTestBody)
        route = found(await self._store.load_route(tenant_id, number), "route")
        delivery, answer = await self._try(route, body.topic, body.payload)
        if body.deliver:
            has_attempt = route.destination_type is not DestinationType.POSTGRESQL
            answer.delivery = (
                await self._attempt(delivery, route)
                if answer.would_deliver and has_attempt
                else None
            )
        return json_response(answer)

    async def test_draft(self, tenant_id: str) -> Response:
        """Say what a route that is not stored would do with a message; nothing is sent."""
        body = await read_body(DraftTestBody)
        number = body.route_id
        before = None
        if number is not None:
            before = found(await self._store.load_route(tenant_id, number), "route")
        draft = draft_route(body.route, self._fence_of(tenant_id), before)
        now = self._utc_now()
        kept = attrs.asdict(draft, recurse=False, filter=_is_of_a_route)
        route = Route(id=_NOT_STORED, tenant_id=tenant_id, created_at=now, updated_at=now, **kept)
        _, answer = await self._try(route, body.topic, body.payload)
        answer.route_id = number
        return json_response(answer)

    async def _try(
        self, route: Route, topic: str, payload: dict[str, Any]
    ) -> tuple[Delivery, RouteTestAnswer]:
        """Say what a route does with a message, and give the delivery that it would make."""
        parts = own_topic(topic, route.tenant_id)
        payload = without_token(payload)
        delivery = self._delivery_of(route, topic, parts, payload)
        matched = topic_matches(route.topic_filter, topic)
        passed, filter_fault = await self._explainer.judge(route.payload_filter, payload)
        told = await self._explainer.explain(
            route.topic_filter, route.payload_filter, topic, payload
        )
        shown = await self._requests.show(delivery, route)
        return delivery, RouteTestAnswer(
            route_id=route.id,
            topic_matched=matched,
            filter_passed=passed,
            filter_fault=filter_fault,
            would_deliver=matched and passed,
            reason=told.reason,
            topic=told.topic,
            clauses=told.clauses,
            destination_type=type_of(route),
            request=_request_answer(shown) if isinstance(shown, ShownRequest) else None,
            request_fault=shown.reason if isinstance(shown, NotAttempted) else None,
        )

    def _delivery_of(
        self, route: Route, topic: str, parts: DeviceTopic, payload: dict[str, Any]
    ) -> Delivery:
        """Make a delivery that is in no table, under an id that no other has."""
        number = -1 - secrets.randbits(_TEST_ID_BITS)
        return Delivery(
            id=number,
            tenant_id=route.tenant_id,
            route_id=route.id,
            device_id=parts.device_id,
            topic=topic,
            payload=_encode(payload).decode(),
            event_id=number,
            event_time=self._utc_now(),
        )

    async def _attempt(self, delivery: Delivery, route: Route) -> TrialAnswer:
        ended = await self._delivery.attempt(delivery, route, is_urgent=True)
        if isinstance(ended, NotAttempted):
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"The test was not made: {ended.reason}; try again.",
                headers={"Retry-After": "5"},
            )
        return TrialAnswer(
            verdict=ended.verdict,
            status=ended.status,
            duration_seconds=round(ended.duration_seconds, 6),
            error=ended.error or None,
            response=ended.response,
        )


def _is_of_a_route(attribute: attrs.Attribute[Any], _value: object) -> bool:
    return attribute.name != "keeps_destination"


def _request_answer(shown: ShownRequest) -> RequestAnswer:
    answer = RequestAnswer(shown.method, dict(shown.headers), shown.body)
    if shown.qos is None or shown.retain is None:
        answer.url = shown.target
    else:
        answer.topic, answer.qos, answer.retain = shown.target, shown.qos, shown.retain
    return answer


def own_topic(topic: str, tenant_id: str) -> DeviceTopic:
    """Take the topic of a message apart that is tried.

    Raises:
        Problem: 422, when it is none of the tenant's devices.
    """
    parts = parse_device_topic(topic)
    if parts is None:
        wrong = "must be of the form tenant/{tenant_id}/device/{device_id}/{msg_type}"
        raise invalid([FieldFault("topic", wrong, topic)])
    if parts.tenant_id != tenant_id:
        raise invalid([FieldFault("topic", f"must begin with tenant/{tenant_id}/", topic)])
    return parts


def without_token(payload: dict[str, Any]) -> dict[str, Any]:
    """Take the provision token out of a payload, as ingest does."""
    token = payload.get(TOKEN_FIELD)
    hidden: dict[str, Any] = hide(payload, secrets_of(token if isinstance(token, str) else None))
    return hidden
