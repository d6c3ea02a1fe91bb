"""What can be done with a route beside changing it: rotate its secret, and see how it does."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

import attrs
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.requests.json_bodies import read_body
from pulse_router.api.requests.preconditions import read_preconditions
from pulse_router.api.requests.problems import Problem, found
from pulse_router.api.requests.reading import read_id
from pulse_router.api.requests.responses import json_response
from pulse_router.api.routes import operations
from pulse_router.api.routes.bodies import (
    RotatedSecret,
    RotateSecretBody,
    etag,
    expiries,
    stats_answer,
)
from pulse_router.api.routes.drafts import unreadable
from pulse_router.api.routes.ports import DeliveryStage, RouteStatsStore, RouteStore
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.routes import DestinationType, Route, RouteDraft, RouteFault
from pulse_router.domain.secrets.signing_secrets import (
    MAX_SECRETS,
    NEW_SECRET_BYTES,
    TooManySecrets,
    make_secret,
    rotate,
)
from pulse_router.runtime.times import in_utc

PATH: Final = "/customer/message-routes/<route_id>"


class MessageRouteActions:
    """Rotates secrets, and tells how routes do.

    Args:
        store: The routes.
        stats: What became of their deliveries.
        delivery: Knows how the routes' lanes do.
        routes_changed: Awaited after a write, with what it changed: the answer is given when the
            router acts on it.
        filter_fault: Tells how a route's payload filter failed last.
        unjudged: Tells of how many messages it was not asked.
        utc_now: Gives the time.
    """

    def __init__(
        self,
        store: RouteStore,
        stats: RouteStatsStore,
        delivery: DeliveryStage,
        routes_changed: Callable[[Collection[int]], Awaitable[None]],
        *,
        filter_fault: Callable[[int], RouteFault | None],
        unjudged: Callable[[int], int],
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._stats = stats
        self._delivery = delivery
        self._routes_changed = routes_changed
        self._filter_fault = filter_fault
        self._unjudged = unjudged
        self._utc_now = utc_now

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        for method, name, handler, writes, operation in (
            ("POST", "rotate-secret", self.rotate_secret, True, operations.ROTATE_SECRET),
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
            await self._routes_changed({number})
        answer = RotatedSecret(route.id, new, expiries(route.secrets))
        headers = {"ETag": etag(route), "Cache-Control": "no-store"}
        return json_response(answer, HTTPStatus.OK, **headers)

    async def stats(self, tenant_id: str, route_id: str) -> Response:
        """Tell how a route does."""
        number = read_id("route_id", route_id)
        counts = found(await self._stats.load_counts(tenant_id, number), "route")
        counts = counts.with_fault(self._filter_fault(number))
        lane = self._delivery.stats(counts.route_id)
        return json_response(stats_answer(counts, lane, unjudged=self._unjudged(number)))


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
