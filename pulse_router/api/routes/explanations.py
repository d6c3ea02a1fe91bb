"""Why routes take a message or not: asked of all of a tenant's routes, or of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs
import msgspec
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.requests.cursors import BY_ID
from pulse_router.api.requests.json_bodies import read_body
from pulse_router.api.requests.problems import FieldFault, found, invalid
from pulse_router.api.requests.reading import read_page
from pulse_router.api.requests.responses import json_response
from pulse_router.api.requests.values import MAX_ID
from pulse_router.api.routes import operations
from pulse_router.api.routes.ports import MessageFinder, RouteStore
from pulse_router.api.routes.trial_bodies import (
    ExplainAnswer,
    ExplainBody,
    RouteVerdict,
)
from pulse_router.api.routes.trials import own_topic, without_token
from pulse_router.api.routes.verdicts import Explainer
from pulse_router.domain.insight.messages import NoPayload, ToldMessage
from pulse_router.domain.routes import Route
from pulse_router.runtime.pages import Found
from pulse_router.runtime.stride import Stride

PATH: Final = "/customer/message-routes/explain"
MAX_BYTES: Final = 1024 * 1024
"""What an answer may weigh before it ends."""
_WAYS: Final = ("topic", "event_id", "rejected_id", "dead_letter_id")
_EITHER: Final = "give either topic and payload, or event_id, rejected_id or dead_letter_id"
_encode: Final = msgspec.json.Encoder().encode


class RouteExplanations:
    """Explains what routes say of a message.

    Args:
        store: The routes.
        messages: Finds messages by their ids.
    """

    def __init__(self, store: RouteStore, messages: MessageFinder) -> None:
        self._store = store
        self._explainer = Explainer()
        self._messages = messages

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.customer("POST", PATH, self.explain, writes=False, operation=operations.EXPLAIN)

    async def explain(self, tenant_id: str) -> Response:
        """Say of each route whether it takes a message, and why."""
        page = read_page(BY_ID)
        body = await read_body(ExplainBody)
        message = await self._message(tenant_id, body)
        if body.route_id is None:
            routes = await self._store.list_routes(tenant_id, page.wanted)
        else:
            one = found(await self._store.load_route(tenant_id, body.route_id), "route")
            routes = Found([one], 1)
        verdicts = await explain_routes(routes.items, message, self._explainer)
        if len(verdicts) < len(routes.items):
            routes = attrs.evolve(routes, next=(verdicts[-1].route_id,))
        return json_response(
            ExplainAnswer(
                **page.of(routes),
                topic=message.topic,
                payload_is_exact=message.is_exact,
                routes=verdicts,
            )
        )

    async def _message(self, tenant_id: str, body: ExplainBody) -> ToldMessage:
        """Find the message that is meant.

        Raises:
            Problem: 422 where it is not told in one way, or is none that routes can be asked of;
                404 where there is none.
        """
        if body.topic is not None and body.payload is not None and _ids_of(body) == []:
            own_topic(body.topic, tenant_id)
            return ToldMessage(body.topic, without_token(body.payload))
        if body.topic is not None or body.payload is not None or len(_ids_of(body)) != 1:
            raise invalid([FieldFault(name, _EITHER) for name in _WAYS])
        try:
            return await self._find(tenant_id, body)
        except NoPayload as error:
            raise invalid([FieldFault(_ids_of(body)[0], str(error))]) from None

    async def _find(self, tenant_id: str, body: ExplainBody) -> ToldMessage:
        if body.event_id is not None:
            number = min(int(body.event_id), MAX_ID)
            return found(await self._messages.find_stored(tenant_id, number), "message")
        if body.rejected_id is not None:
            refused = await self._messages.find_refused(tenant_id, body.rejected_id)
            return found(refused, "rejected message")
        return found(
            await self._messages.find_dead(tenant_id, body.dead_letter_id or 0), "dead letter"
        )


def _ids_of(body: ExplainBody) -> list[str]:
    return [name for name in _WAYS[1:] if getattr(body, name) is not None]


async def explain_routes(
    routes: Sequence[Route], message: ToldMessage, explainer: Explainer
) -> list[RouteVerdict]:
    """Explain routes until the answer weighs enough."""
    verdicts: list[RouteVerdict] = []
    weight, stride = 0, Stride()
    for route in routes:
        if weight > MAX_BYTES or route.omitted_bytes:  # of which the page has no filter
            break
        verdict = await explain_route(route, message, explainer)
        verdicts.append(verdict)
        weight += len(_encode(verdict))
        await stride.step()
    return verdicts


async def explain_route(route: Route, message: ToldMessage, explainer: Explainer) -> RouteVerdict:
    """Say whether a route as it is takes a message, and why."""
    told = await explainer.explain(
        route.topic_filter, route.payload_filter, message.topic, message.payload
    )
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
