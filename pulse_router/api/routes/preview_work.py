"""The work of one preview: page by page, in turns, until all is looked at or something ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, Self

import attrs
import trio
from msgspec import UNSET
from quart.wrappers.response import ResponseBody

from pulse_router.api.requests.responses import encode_json
from pulse_router.api.routes.ports import DeliveryStage, MessageSource
from pulse_router.api.routes.preview_bodies import (
    MAX_SECONDS,
    PreviewLine,
    PreviewProgress,
    StoppedBy,
)
from pulse_router.api.routes.preview_results import result_of
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.previewing.preview import Preview, view_of_stored
from pulse_router.domain.previewing.views import RouteView
from pulse_router.domain.routes import Route, RouteDraft
from pulse_router.domain.telemetry import MessageRange, StoredMessage
from pulse_router.runtime.stride import Stride

PROGRESS_SECONDS: Final = 1.0
WORK_SECONDS: Final = 0.001
"""How long it computes before it rests."""
REST_SECONDS: Final = 0.0005
"""How long it rests: a sleep ends at the next full millisecond, so that it is as long at least."""
WAIT_SECONDS: Final = 0.01
"""How often it looks whether ingest has less in hand."""


@attrs.frozen
class Sources:
    """What a preview is made of.

    Attributes:
        messages: What is stored.
        delivery: Tells how long attempts take.
        is_ingest_busy: Tells whether ingest has so much in hand that all else waits.
        stopping: Set when the router stops.
    """

    messages: MessageSource
    delivery: DeliveryStage
    is_ingest_busy: Callable[[], bool]
    stopping: trio.Event


class PreviewWork:
    """A preview that is under way.

    Args:
        sources: What it works with.
        tenant_id: Whose messages.
        draft: The route as it shall be.
        before: The route as it is, if there is one.
        is_bounded: Whether no more messages were asked for than are looked at.

    Attributes:
        range: Where the messages are; None when there are none.
    """

    def __init__(
        self,
        sources: Sources,
        tenant_id: str,
        draft: RouteDraft,
        before: Route | None,
        *,
        is_bounded: bool,
    ) -> None:
        self.range: MessageRange | None = None
        self._sources = sources
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
            self._is_waiting = self._sources.is_ingest_busy()
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
                await trio.sleep(REST_SECONDS)
                self._stride.begin()
                break
        return is_any

    async def _load(self) -> bool:
        """Take the next page, and say whether there is one."""
        if self.range is None:
            return False
        page = await self._sources.messages.load_page(
            self._preview.tenant_id, after=self.range.after, up_to=self.range.up_to
        )
        self._stride.begin()
        if not page:
            return False
        self._page = iter(page)
        self.range = attrs.evolve(self.range, after=page[-1].event_id)
        return True

    def _ended(self) -> StoppedBy | None:
        if self._sources.stopping.is_set():
            return "router"
        return "seconds" if self._seconds >= MAX_SECONDS else None

    async def _result(self, stopped_by: StoppedBy | None) -> PreviewLine:
        has_more = self.range is not None and self.range.has_more
        if stopped_by is None and has_more and not self._is_bounded:
            stopped_by = "messages"
        lane = None if self._before is None else self._sources.delivery.stats(self._before.id)
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

    def __init__(self, work: PreviewWork) -> None:
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
