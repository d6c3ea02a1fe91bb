"""`/customer/messages/{event_id}/trace` and its like: what became of a message, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.insight import trace_operations
from pulse_router.api.insight.messages import stored_message
from pulse_router.api.insight.subjects import Subject, SubjectFinder, TraceSources
from pulse_router.api.insight.trace_bodies import DeviceNow, StepAnswer, TraceAnswer
from pulse_router.api.insight.trace_words import Outcome, judge_outcome
from pulse_router.api.insight.traced_routes import Case, deleted_since, trace_routes
from pulse_router.api.rejected_messages import rejected_answer
from pulse_router.api.requests.cursors import BY_ID
from pulse_router.api.requests.reading import PageRequest, read_id, read_page
from pulse_router.api.requests.responses import json_response, utc, utc_or_none
from pulse_router.api.routes.verdicts import Explainer
from pulse_router.domain.insight.routes_then import TAKES_EFFECT

CHANGES_AT_MOST: Final = 1_000
"""How many changes of routes are looked at: of what was before them, nothing is claimed."""


class Traces:
    """Tells what became of messages.

    Args:
        sources: Where it is looked for.
    """

    def __init__(self, sources: TraceSources) -> None:
        self._from = sources
        self._find = SubjectFinder(sources)
        self._explainer = Explainer()

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        for path, handler, operation in (
            ("messages/<event_id>", self.of_message, trace_operations.MESSAGE),
            ("rejected-messages/<message_id>", self.of_refusal, trace_operations.REFUSAL),
            ("deliveries/<delivery_id>", self.of_delivery, trace_operations.DELIVERY),
        ):
            paths.customer(
                "GET", f"/customer/{path}/trace", handler, writes=False, operation=operation
            )

    async def of_message(self, tenant_id: str, event_id: str) -> Response:
        """Tell what became of a message that was stored."""
        page = read_page(BY_ID)
        number = read_id("event_id", event_id)
        return await self._tell(tenant_id, await self._find.find_message(tenant_id, number), page)

    async def of_delivery(self, tenant_id: str, delivery_id: str) -> Response:
        """Tell what became of the message of a delivery."""
        page = read_page(BY_ID)
        number = read_id("delivery_id", delivery_id)
        return await self._tell(tenant_id, await self._find.find_delivery(tenant_id, number), page)

    async def of_refusal(self, tenant_id: str, message_id: str) -> Response:
        """Tell why a message was refused, and what routes would have made of it."""
        page = read_page(BY_ID)
        number = read_id("message_id", message_id)
        return await self._tell(tenant_id, await self._find.find_refusal(tenant_id, number), page)

    async def _tell(self, tenant_id: str, subject: Subject, page: PageRequest) -> Response:
        routes = await self._from.routes.list_routes(tenant_id, page.wanted)
        changes = await self._from.stores.changes.since(
            tenant_id, subject.at - TAKES_EFFECT, CHANGES_AT_MOST
        )
        case = Case(
            message=subject.told,
            at=subject.at,
            ends=subject.ends,
            changes=changes,
            is_refused=subject.rejected is not None,
            no_delivery=subject.no_delivery,
        )
        gone: Sequence[int] = ()
        if page.offset == 0 and page.after is None and not case.is_refused:
            known = {route.id for route in routes.items}
            gone = await self._gone(tenant_id, case, known)
        traced, are_all = await trace_routes(
            case, routes.items, gone=gone, explainer=self._explainer
        )
        if not are_all:
            last = traced[-1].route_id if len(traced) > len(gone) else 0
            routes = attrs.evolve(routes, next=(last,))
        is_whole = routes.next is None and page.offset == 0 and page.after is None
        is_whole = is_whole and len(changes) < CHANGES_AT_MOST
        outcome: Outcome = "refused"
        text = subject.steps[-1].text
        if not case.is_refused:
            outcome, text = judge_outcome(subject.ends, traced, are_all=is_whole)
        return json_response(
            TraceAnswer(
                **page.of(routes),
                kind=subject.kind,
                id=str(subject.id),
                outcome=outcome,
                text=text,
                topic=subject.topic,
                payload_is_exact=subject.told is not None and subject.told.is_exact,
                device=await self._device(tenant_id, subject.device_id),
                message=None
                if subject.message is None
                else stored_message(tenant_id, subject.message),
                rejected=None if subject.rejected is None else rejected_answer(subject.rejected),
                steps=[*subject.steps, StepAnswer("ended", None, text)],
                routes=traced,
                searched=list(subject.searched),
            )
        )

    async def _gone(self, tenant_id: str, case: Case, known: set[int]) -> list[int]:
        """Give the routes that are gone: those that were deleted since, and those of deliveries."""
        gone = dict.fromkeys(deleted_since(case))
        for number in sorted({end.route_id for end in case.ends} - known - gone.keys()):
            if await self._from.routes.load_route(tenant_id, number) is None:
                gone[number] = None
        return list(gone)

    async def _device(self, tenant_id: str, device_id: str | None) -> DeviceNow:
        device = None
        if device_id is not None:
            device = await self._from.devices.load_device(tenant_id, device_id)
        if device is None:
            return DeviceNow(device_id, False, None, None, None, None)
        return DeviceNow(
            device_id,
            True,
            device.status,
            device.site_id,
            utc(device.created_at),
            utc_or_none(device.last_seen_at),
        )
