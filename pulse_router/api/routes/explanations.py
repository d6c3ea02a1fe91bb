"""Why routes take a message or not: asked of all of a tenant's routes, or of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import attrs
import msgspec
import trio
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.requests.cursors import BY_ID
from pulse_router.api.requests.json_bodies import read_body
from pulse_router.api.requests.problems import found
from pulse_router.api.requests.reading import read_page
from pulse_router.api.requests.responses import json_response
from pulse_router.api.routes import operations
from pulse_router.api.routes.ports import RouteStore
from pulse_router.api.routes.trial_bodies import (
    ExplainAnswer,
    ExplainBody,
    RouteVerdict,
)
from pulse_router.api.routes.trials import own_topic, without_token
from pulse_router.api.routes.verdicts import explain
from pulse_router.domain.routes import Route
from pulse_router.runtime.pages import Found

PATH: Final = "/customer/message-routes/explain"
MAX_BYTES: Final = 1024 * 1024
"""What an answer may weigh before it ends."""
_encode: Final = msgspec.json.Encoder().encode


class RouteExplanations:
    """Explains what routes say of a message.

    Args:
        store: The routes.
    """

    def __init__(self, store: RouteStore) -> None:
        self._store = store

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.customer("POST", PATH, self.explain, writes=False, operation=operations.EXPLAIN)

    async def explain(self, tenant_id: str) -> Response:
        """Say of each route whether it takes a message, and why."""
        page = read_page(BY_ID)
        body = await read_body(ExplainBody)
        own_topic(body.topic, tenant_id)
        payload = without_token(body.payload)
        if body.route_id is None:
            routes = await self._store.list_routes(tenant_id, page.wanted)
        else:
            one = found(await self._store.load_route(tenant_id, body.route_id), "route")
            routes = Found([one], 1)
        verdicts = await _verdicts(routes.items, body.topic, payload)
        if len(verdicts) < len(routes.items):
            routes = attrs.evolve(routes, next=(verdicts[-1].route_id,))
        return json_response(ExplainAnswer(**page.of(routes), routes=verdicts))


async def _verdicts(
    routes: Sequence[Route], topic: str, payload: dict[str, Any]
) -> list[RouteVerdict]:
    """Explain routes until the answer weighs enough, each in a turn of its own."""
    verdicts: list[RouteVerdict] = []
    weight = 0
    for route in routes:
        if weight > MAX_BYTES:
            break
        verdict = _verdict(route, topic, payload)
        verdicts.append(verdict)
        weight += len(_encode(verdict))
        await trio.lowlevel.checkpoint()
    return verdicts


def _verdict(route: Route, topic: str, payload: dict[str, Any]) -> RouteVerdict:
    told = explain(route.topic_filter, route.payload_filter, topic, payload)
    return RouteVerdict(
        verdict=told.verdict,
        reason=told.reason,
        topic=told.topic,
        clauses=told.clauses if told.topic.verdict == "true" else [],
        route_id=route.id,
        name=route.name,
        version=route.version,
        is_enabled=route.is_enabled,
    )
