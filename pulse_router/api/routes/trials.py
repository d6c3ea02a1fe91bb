"""Tries a message on a route: whether it matches, what would be sent, and what is answered."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import msgspec
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.requests.json_bodies import read_body
from pulse_router.api.requests.problems import FieldFault, Problem, found, invalid
from pulse_router.api.requests.reading import read_id
from pulse_router.api.requests.responses import json_response
from pulse_router.api.routes import operations
from pulse_router.api.routes.bodies import (
    RequestAnswer,
    RouteTestAnswer,
    RouteTestBody,
    TrialAnswer,
    type_of,
)
from pulse_router.api.routes.ports import DeliveryStage, RouteStore
from pulse_router.api.routes.showing import RequestShow
from pulse_router.domain.deliveries import Delivery, NotAttempted, ShownRequest
from pulse_router.domain.filter_operators import FilterError
from pulse_router.domain.payload_filter import compile_filter
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.domain.topics import DeviceTopic, parse_device_topic, topic_matches
from pulse_router.ingest.scrubbing import TOKEN_FIELD, hide, secrets_of

PATH: Final = "/customer/message-routes/<route_id>/test"
_TEST_ID_BITS: Final = 62
_encode: Final = msgspec.json.Encoder().encode


class RouteTrials:
    """Tries routes.

    Args:
        store: The routes.
        delivery: Makes the attempts.
        requests: Shows what they would send.
        utc_now: Gives the time.
    """

    def __init__(
        self,
        store: RouteStore,
        delivery: DeliveryStage,
        requests: RequestShow,
        *,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._delivery = delivery
        self._requests = requests
        self._utc_now = utc_now

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.customer("POST", PATH, self.test, writes=True, operation=operations.TEST)

    async def test(self, tenant_id: str, route_id: str) -> Response:
        """Say what a route would do with a message, and have it attempted where that is wanted."""
        number = read_id("route_id", route_id)
        body = await read_body(RouteTestBody)
        route = found(await self._store.load_route(tenant_id, number), "route")
        parts = _own_topic(body.topic, tenant_id)
        payload = _without_token(body.payload)
        delivery = self._delivery_of(route, body.topic, parts, payload)
        matched = topic_matches(route.topic_filter, body.topic)
        passed = _passes(route, payload)
        shown = await self._requests.show(delivery, route)
        answer = RouteTestAnswer(
            route_id=route.id,
            topic_matched=matched,
            filter_passed=passed,
            would_deliver=matched and passed,
            destination_type=type_of(route),
            request=_request_answer(shown) if isinstance(shown, ShownRequest) else None,
            request_fault=shown.reason if isinstance(shown, NotAttempted) else None,
        )
        if body.deliver:
            has_attempt = route.destination_type is not DestinationType.POSTGRESQL
            answer.delivery = (
                await self._attempt(delivery, route) if matched and passed and has_attempt else None
            )
        return json_response(answer)

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


def _request_answer(shown: ShownRequest) -> RequestAnswer:
    answer = RequestAnswer(shown.method, dict(shown.headers), shown.body)
    if shown.qos is None or shown.retain is None:
        answer.url = shown.target
    else:
        answer.topic, answer.qos, answer.retain = shown.target, shown.qos, shown.retain
    return answer


def _own_topic(topic: str, tenant_id: str) -> DeviceTopic:
    parts = parse_device_topic(topic)
    if parts is None:
        wrong = "must be of the form tenant/{tenant_id}/device/{device_id}/{msg_type}"
        raise invalid([FieldFault("topic", wrong, topic)])
    if parts.tenant_id != tenant_id:
        raise invalid([FieldFault("topic", f"must begin with tenant/{tenant_id}/", topic)])
    return parts


def _without_token(payload: dict[str, Any]) -> dict[str, Any]:
    """Take the provision token out, as ingest does."""
    token = payload.get(TOKEN_FIELD)
    hidden: dict[str, Any] = hide(payload, secrets_of(token if isinstance(token, str) else None))
    return hidden


def _passes(route: Route, payload: dict[str, Any]) -> bool:
    if not route.payload_filter:
        return True
    try:
        return compile_filter(route.payload_filter)(payload)
    except FilterError:  # of an earlier version; ingest leaves such a route out
        return False
