"""What can be done with a route beside changing it: rotate its secret, test it, see how it does."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

import attrs
import msgspec
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.requests.json_bodies import read_body
from pulse_router.api.requests.preconditions import read_preconditions
from pulse_router.api.requests.problems import FieldFault, Problem, found, invalid
from pulse_router.api.requests.reading import read_id
from pulse_router.api.requests.responses import json_response
from pulse_router.api.routes import operations
from pulse_router.api.routes.bodies import (
    RotatedSecret,
    RotateSecretBody,
    RouteTestAnswer,
    RouteTestBody,
    TrialAnswer,
    etag,
    expiries,
    stats_answer,
    type_of,
)
from pulse_router.api.routes.drafts import unreadable
from pulse_router.api.routes.ports import DeliveryStage, RouteStatsStore, RouteStore
from pulse_router.domain.deliveries import Delivery, NotAttempted
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.filter_operators import FilterError
from pulse_router.domain.payload_filter import compile_filter
from pulse_router.domain.routes import DestinationType, Route, RouteDraft, RouteFault
from pulse_router.domain.signing_secrets import (
    MAX_SECRETS,
    NEW_SECRET_BYTES,
    TooManySecrets,
    make_secret,
    rotate,
)
from pulse_router.domain.topics import DeviceTopic, parse_device_topic, topic_matches
from pulse_router.ingest.scrubbing import TOKEN_FIELD, hide, secrets_of
from pulse_router.runtime.times import in_utc

PATH: Final = "/customer/message-routes/<route_id>"
_TEST_ID_BITS: Final = 62
_encode: Final = msgspec.json.Encoder().encode


class MessageRouteActions:
    """Rotates secrets, tests routes, and tells how they do.

    Args:
        store: The routes.
        stats: What became of their deliveries.
        delivery: Makes the attempts of tests, and knows how the routes' lanes do.
        routes_changed: Awaited after a write: the answer is given when the router acts on it.
        filter_fault: Tells how a route's payload filter failed last.
        utc_now: Gives the time.
    """

    def __init__(
        self,
        store: RouteStore,
        stats: RouteStatsStore,
        delivery: DeliveryStage,
        routes_changed: Callable[[], Awaitable[None]],
        *,
        filter_fault: Callable[[int], RouteFault | None],
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._stats = stats
        self._delivery = delivery
        self._routes_changed = routes_changed
        self._filter_fault = filter_fault
        self._utc_now = utc_now

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        for method, name, handler, writes, operation in (
            ("POST", "rotate-secret", self.rotate_secret, True, operations.ROTATE_SECRET),
            ("POST", "test", self.test, True, operations.TEST),
            ("GET", "stats", self.stats, False, operations.STATS),
        ):
            paths.customer(method, f"{PATH}/{name}", handler, writes=writes, operation=operation)

    async def rotate_secret(self, tenant_id: str, route_id: str) -> Response:
        """Give a route a new secret, beside which the old ones sign for a while."""
        number = read_id("route_id", route_id)
        conditions = read_preconditions()
        body = await read_body(RotateSecretBody, may_be_empty=True)
        overlap = timedelta(hours=body.overlap_hours)
        new = make_secret(secrets.token_bytes(NEW_SECRET_BYTES))

        def change(route: Route) -> RouteDraft:
            conditions.check(etag(route))
            now = self._utc_now().replace(microsecond=0)
            return _rotated(route, new, now=now, overlap=overlap)

        route = found(await self._store.change_route(tenant_id, number, change), "route")
        # It is shown this once: that the router hears of it a little later is the lesser evil.
        with contextlib.suppress(Unavailable):
            await self._routes_changed()
        answer = RotatedSecret(route.id, new, expiries(route.secrets))
        headers = {"ETag": etag(route), "Cache-Control": "no-store"}
        return json_response(answer, HTTPStatus.OK, **headers)

    async def test(self, tenant_id: str, route_id: str) -> Response:
        """Say what a route would do with a message, and have it attempted where that is wanted."""
        number = read_id("route_id", route_id)
        body = await read_body(RouteTestBody)
        route = found(await self._store.load_route(tenant_id, number), "route")
        topic = _own_topic(body.topic, tenant_id)
        payload = _without_token(body.payload)
        matched = topic_matches(route.topic_filter, body.topic)
        passed = _passes(route, payload)
        answer = RouteTestAnswer(
            route_id=route.id,
            topic_matched=matched,
            filter_passed=passed,
            would_deliver=matched and passed,
            destination_type=type_of(route),
        )
        if body.deliver:
            has_attempt = route.destination_type is not DestinationType.POSTGRESQL
            answer.delivery = (
                await self._attempt(route, body.topic, topic, payload)
                if matched and passed and has_attempt
                else None
            )
        return json_response(answer)

    async def stats(self, tenant_id: str, route_id: str) -> Response:
        """Tell how a route does."""
        number = read_id("route_id", route_id)
        counts = found(await self._stats.load_counts(tenant_id, number), "route")
        fault = self._filter_fault(number)
        if fault is not None and (counts.last_error_at is None or counts.last_error_at < fault.at):
            counts = attrs.evolve(counts, last_error=fault.problem, last_error_at=fault.at)
        return json_response(stats_answer(counts, self._delivery.stats(counts.route_id)))

    async def _attempt(
        self, route: Route, topic: str, parts: DeviceTopic, payload: dict[str, Any]
    ) -> TrialAnswer:
        """Attempt a delivery that is in no table, under an id that no other has."""
        number = -1 - secrets.randbits(_TEST_ID_BITS)
        delivery = Delivery(
            id=number,
            tenant_id=route.tenant_id,
            route_id=route.id,
            device_id=parts.device_id,
            topic=topic,
            payload=_encode(payload).decode(),
            event_id=number,
            event_time=self._utc_now(),
        )
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


def _rotated(route: Route, new: str, *, now: datetime, overlap: timedelta) -> RouteDraft:
    """Give a route a new secret.

    Raises:
        Problem: 409, when it has none to rotate, or too many, or they cannot be read.
    """
    if route.destination_type is not DestinationType.WEBHOOK:
        raise Problem(HTTPStatus.CONFLICT, "Only a webhook has secrets; this route has none.")
    if route.fault is not None:
        raise unreadable(route.fault)
    try:
        rotated = rotate(route.secrets, new, now=now, overlap=overlap)
    except TooManySecrets as error:
        ends = error.next_expiry
        when = "" if ends is None else f"; the next ends at {in_utc(ends):%Y-%m-%dT%H:%MZ}"
        raise Problem(
            HTTPStatus.CONFLICT,
            f"A route has at most {MAX_SECRETS} secrets, those in their overlap included{when}."
            " With 'overlap_hours' of 0 all the old ones end now.",
        ) from None
    return attrs.evolve(RouteDraft.of(route), secrets=rotated)


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
