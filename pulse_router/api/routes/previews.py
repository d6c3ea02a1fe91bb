"""`/customer/message-routes/preview`: what a draft would have done with stored messages.

It gives way to everybody: few at once, page by page, half of the time at the most, and not while
ingest has much in hand. It ends when the client leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final

import attrs
import trio
from quart import Response
from quart_trio.wrappers import TrioResponse

from pulse_router.api.access.paths import Paths
from pulse_router.api.requests.json_bodies import read_body
from pulse_router.api.requests.problems import FieldFault, Problem, found, invalid
from pulse_router.api.routes import operations
from pulse_router.api.routes.drafts import draft_route
from pulse_router.api.routes.ports import DeliveryStage, MessageSource, RouteStore
from pulse_router.api.routes.preview_bodies import (
    DEFAULT_HOURS,
    DEFAULT_MESSAGES,
    MAX_MESSAGES,
    MAX_SECONDS,
    PreviewBody,
)
from pulse_router.api.routes.preview_work import PreviewAnswer, PreviewWork, Sources
from pulse_router.api.server.exchange import keep_to_the_end
from pulse_router.domain.event_ids import first_id_at
from pulse_router.domain.republish import Fence

PATH: Final = "/customer/message-routes/preview"
MAX_AT_ONCE: Final = 2
"""How many are under way at once; of a tenant, one."""
_SENDING_SECONDS: Final = 30.0
_RETRY_AFTER_SECONDS: Final = "5"
_MAX_ID: Final = 2**63 - 1


class RoutePreviews:
    """Previews routes.

    Args:
        store: The routes.
        messages: What is stored.
        delivery: Tells how long attempts take.
        fence_of: Says where a tenant's routes may lead.
        is_ingest_busy: Tells whether ingest has so much in hand that all else waits.
        stopping: Set when the router stops.
        utc_now: Gives the time.
    """

    def __init__(
        self,
        store: RouteStore,
        messages: MessageSource,
        delivery: DeliveryStage,
        fence_of: Callable[[str], Fence],
        is_ingest_busy: Callable[[], bool],
        stopping: trio.Event,
        *,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._messages = messages
        self._delivery = delivery
        self._fence_of = fence_of
        self._is_ingest_busy = is_ingest_busy
        self._stopping = stopping
        self._utc_now = utc_now
        self._under_way: set[str] = set()

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.customer("POST", PATH, self.preview, writes=False, operation=operations.PREVIEW)

    async def preview(self, tenant_id: str) -> Response:
        """Begin a preview; what can be refused is refused before."""
        body = await read_body(PreviewBody)
        wanted = self._wanted(body)
        before = None
        if body.route_id is not None:
            before = found(await self._store.load_route(tenant_id, body.route_id), "route")
        draft = draft_route(body.route, self._fence_of(tenant_id), before)
        keep_to_the_end(self._turn(tenant_id))
        work = PreviewWork(
            Sources(self._messages, self._delivery, self._is_ingest_busy, self._stopping),
            tenant_id,
            draft,
            before,
            is_bounded=wanted.is_bounded,
        )
        work.range = await self._messages.find_range(
            tenant_id, after=wanted.after, up_to=wanted.up_to, most=wanted.most
        )
        response = TrioResponse(PreviewAnswer(work), content_type=operations.LINES)
        response.headers["X-Accel-Buffering"] = "no"
        response.timeout = MAX_SECONDS + _SENDING_SECONDS
        return response

    def _wanted(self, body: PreviewBody) -> _Wanted:
        """Say which messages are wanted.

        Raises:
            Problem: 422, when the period is empty.
        """
        start, end, most = body.start, body.end, body.last
        if start is not None and end is not None and end <= start:
            raise invalid([FieldFault("to", "must be after from")])
        is_bounded = most is not None
        if start is None and end is None and most is None:
            start, most = self._utc_now() - timedelta(hours=DEFAULT_HOURS), DEFAULT_MESSAGES
            is_bounded = True
        return _Wanted(
            after=-1 if start is None else first_id_at(start.timestamp()) - 1,
            up_to=_MAX_ID if end is None else first_id_at(end.timestamp()) - 1,
            most=MAX_MESSAGES if most is None else most,
            is_bounded=is_bounded,
        )

    @contextmanager
    def _turn(self, tenant_id: str) -> Iterator[None]:
        if tenant_id in self._under_way or len(self._under_way) >= MAX_AT_ONCE:
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Another preview is under way; try again when it is done.",
                headers={"Retry-After": _RETRY_AFTER_SECONDS},
            )
        self._under_way.add(tenant_id)
        try:
            yield
        finally:
            self._under_way.discard(tenant_id)


@attrs.frozen
class _Wanted:
    """Which messages are wanted; `is_bounded` where older ones are not missed."""

    after: int
    up_to: int
    most: int
    is_bounded: bool
