"""`/customer/find`: what an id or a name is that somebody holds in hand, and where it is."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.insight.ports import ThingFinder
from pulse_router.api.openapi.operations import VERSIONED, Operation
from pulse_router.api.openapi.parameters import query_parameter
from pulse_router.api.requests.problems import FieldFault, Problem
from pulse_router.api.requests.reading import read_text
from pulse_router.api.requests.responses import json_response
from pulse_router.domain.insight.finding import Kind, Thing

PATH: Final = "/customer/find"
LONGEST: Final = 500
_PLACES: Final[Mapping[Kind, str | None]] = {
    Kind.MESSAGE: "/customer/messages/{}/trace",
    Kind.DELIVERY: "/customer/deliveries/{}/trace",
    Kind.DEAD_LETTER: "/customer/dead-letter/{}",
    Kind.REJECTED_MESSAGE: "/customer/rejected-messages/{}/trace",
    Kind.ROUTE: "/customer/message-routes/{}",
    Kind.DEVICE: "/customer/devices/{}/timeline",
    Kind.REQUEST: None,
}


class FoundThing(msgspec.Struct):
    """What was found, and its path in this API; a request has none."""

    kind: Kind
    id: str
    text: str
    path: str | None


class FoundThings(msgspec.Struct):
    """What a text names; more than one thing may be called so. `note` says what has no row."""

    q: str
    total: int
    note: str | None
    found: list[FoundThing]


_FIND: Final = Operation(
    id="find",
    tag="Messages",
    summary="Find out what an id or a name is, and where",
    description=(
        "A message's id, a `webhook-id`, which is a delivery's, the id of a dead letter, a refused"
        " message or a route, a device or its topic, a route's name or a part of it, the"
        " `X-Request-Id` of a request that has changed something."
    ),
    parameters=[
        query_parameter(
            "q",
            Annotated[str, Meta(min_length=1, max_length=LONGEST)],
            "What to look for.",
            required=True,
        )
    ],
    answers={200: FoundThings},
)


class Finding:
    """Finds things by what they are called.

    Args:
        things: What there is.
    """

    def __init__(self, things: ThingFinder) -> None:
        self._things = things

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.customer("GET", PATH, self.find, writes=False, operation=_FIND)

    async def find(self, tenant_id: str) -> Response:
        """Say what a text names."""
        text = (read_text("q", LONGEST) or "").strip()
        if not text:
            raise Problem(
                HTTPStatus.BAD_REQUEST,
                "Nothing is named that could be found.",
                faults=[FieldFault("q", "must be given")],
            )
        things = await self._things.find(tenant_id, text)
        shown = [_shown(thing) for thing in things]
        return json_response(FoundThings(text, len(shown), _note(text, things), shown))


def _shown(thing: Thing) -> FoundThing:
    place = _PLACES[thing.kind]
    path = None if place is None else VERSIONED + place.format(thing.id)
    return FoundThing(thing.kind, thing.id, thing.text, path)


def _note(text: str, things: list[Thing]) -> str | None:
    if text.startswith("test_"):
        return "this is the webhook-id of a test of a route, which is kept nowhere"
    if text.startswith("batch_"):
        return (
            "this is the webhook-id of a batch, which is new at every attempt and kept nowhere; the"
            " events in it have the ids of their deliveries"
        )
    return None if things else "nothing of the tenant's is called so, or it is no longer kept"
