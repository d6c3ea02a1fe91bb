"""`/customer/message-routes/preview`: what a draft would have done with stored messages.

It gives way to everybody: few at once, page by page, half of the time at the most, and not while
ingest has much in hand. It ends when the client leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

import attrs
import trio
from msgspec import UNSET
from quart import Response
from quart.wrappers.response import ResponseBody
from quart_trio.wrappers import TrioResponse

from pulse_router.api.access.paths import Paths
from pulse_router.api.requests.json_bodies import read_body
from pulse_router.api.requests.problems import FieldFault, Problem, found, invalid
from pulse_router.api.requests.responses import encode_json
from pulse_router.api.routes import operations
from pulse_router.api.routes.drafts import draft_route
from pulse_router.api.routes.ports import DeliveryStage, MessageSource, RouteStore
from pulse_router.api.routes.preview_bodies import (
    DEFAULT_HOURS,
    DEFAULT_MESSAGES,
    MAX_MESSAGES,
    MAX_SECONDS,
    PreviewBody,
    PreviewLine,
    PreviewProgress,
    StoppedBy,
)
from pulse_router.api.routes.preview_results import result_of
from pulse_router.api.server.exchange import keep_to_the_end
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.event_ids import first_id_at
from pulse_router.domain.previewing.preview import Preview, view_of_stored
from pulse_router.domain.previewing.views import RouteView
from pulse_router.domain.republish import Fence
from pulse_router.domain.routes import Route, RouteDraft
from pulse_router.domain.telemetry import MessageRange, StoredMessage
from pulse_router.runtime.stride import Stride

PATH: Final = "/customer/message-routes/preview"
MAX_AT_ONCE: Final = 2
"""How many are under way at once; of a tenant, one."""
PROGRESS_SECONDS: Final = 1.0
WORK_SECONDS: Final = 0.001
"""How long it computes before it rests as long."""
WAIT_SECONDS: Final = 0.01
"""How often it looks whether ingest has less in hand."""
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
        self.messages = messages
        self.delivery = delivery
        self._fence_of = fence_of
        self.is_ingest_busy = is_ingest_busy
        self.stopping = stopping
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
        work = _Work(self, tenant_id, draft, before, is_bounded=wanted.is_bounded)
        work.range = await self.messages.find_range(
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


class _Work:
    """A preview that is under way.

    Args:
        previews: What it works with.
        tenant_id: Whose messages.
        draft: The route as it shall be.
        before: The route as it is, if there is one.
        is_bounded: Whether no more messages were asked for than are looked at.

    Attributes:
        range: Where the messages are; None when there are none.
    """

    def __init__(
        self,
        previews: RoutePreviews,
        tenant_id: str,
        draft: RouteDraft,
        before: Route | None,
        *,
        is_bounded: bool,
    ) -> None:
        self.range: MessageRange | None = None
        self._previews = previews
        self._draft = draft
        self._before = before
        self._is_bounded = is_bounded
        self._preview = Preview(
            tenant_id,
            RouteView(draft.topic_filter, draft.payload_filter),
            None if before is None else view_of_stored(before.topic_filter, before.payload_filter),
            is_change=before is not None,
        )
        self._stride = Stride(WORK_SECONDS)
        self._page: Iterator[StoredMessage] = iter(())
        self._begun_at = trio.current_time()
        self._is_waiting = False

    @property
    def _seconds(self) -> float:
        return trio.current_time() - self._begun_at

    async def next_line(self) -> PreviewLine:
        """Go on for a second, or to the end."""
        pause_at = trio.current_time() + PROGRESS_SECONDS
        self._stride.begin()
        while trio.current_time() < pause_at:
            if (ended := self._ended()) is not None:
                return await self._result(ended)
            self._is_waiting = self._previews.is_ingest_busy()
            if self._is_waiting:
                await trio.sleep(WAIT_SECONDS)
            elif not await self._look_on():
                try:
                    page = await self._load()
                except Unavailable:
                    return await self._result("database")
                if not page:
                    return await self._result(None)
        return PreviewLine(
            progress=PreviewProgress(
                self._preview.looked_at,
                self._preview.passed,
                round(self._seconds, 3),
                self._is_waiting,
            )
        )

    async def _look_on(self) -> bool:
        """Look at what is at hand until others should have their turn; say if that was anything."""
        is_any = False
        for message in self._page:
            is_any = True
            self._preview.look(message)
            if self._stride.is_over():
                await trio.sleep(WORK_SECONDS)
                self._stride.begin()
                break
        return is_any

    async def _load(self) -> bool:
        """Take the next page, and say whether there is one."""
        if self.range is None:
            return False
        page = await self._previews.messages.load_page(
            self._preview.tenant_id, after=self.range.after, up_to=self.range.up_to
        )
        self._stride.begin()
        if not page:
            return False
        self._page = iter(page)
        self.range = attrs.evolve(self.range, after=page[-1].event_id)
        return True

    def _ended(self) -> StoppedBy | None:
        if self._previews.stopping.is_set():
            return "router"
        return "seconds" if self._seconds >= MAX_SECONDS else None

    async def _result(self, stopped_by: StoppedBy | None) -> PreviewLine:
        has_more = self.range is not None and self.range.has_more
        if stopped_by is None and has_more and not self._is_bounded:
            stopped_by = "messages"
        lane = None if self._before is None else self._previews.delivery.stats(self._before.id)
        return PreviewLine(
            result=await result_of(
                self._preview,
                self._draft,
                latency=None if lane is None else lane.latency,
                seconds=self._seconds,
                stopped_by=stopped_by,
            )
        )


class PreviewAnswer(ResponseBody):
    """The lines of a preview, each worked out when the one before it is sent."""

    def __init__(self, work: _Work) -> None:
        self._work = work
        self._has_ended = False

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""

    def __aiter__(self) -> Self:
        """Give line by line."""
        return self

    async def __anext__(self) -> bytes:
        """Work out the next line."""
        if self._has_ended:
            raise StopAsyncIteration
        line = await self._work.next_line()
        self._has_ended = line.result is not UNSET
        return encode_json(line) + b"\n"
