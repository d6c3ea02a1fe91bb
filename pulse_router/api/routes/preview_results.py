"""Puts the figures of a preview into an answer; it knows nothing of how they were gathered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import attrs
import msgspec
from msgspec import UNSET

from pulse_router.api.requests.responses import utc, utc_or_none
from pulse_router.api.routes.bodies import LatencyAnswer
from pulse_router.api.routes.preview_bodies import (
    ClauseTally,
    CloseValue,
    DeviceShare,
    FieldCoverage,
    HourAnswer,
    PeakAnswer,
    PreviewExample,
    PreviewExamples,
    PreviewResult,
    StoppedBy,
)
from pulse_router.api.routes.verdicts import Explainer, shown_value
from pulse_router.domain.explaining.clauses import Clause
from pulse_router.domain.previewing.preview import Preview
from pulse_router.domain.previewing.tallies import Tally
from pulse_router.domain.route_stats import Latency
from pulse_router.domain.routes import RouteDraft
from pulse_router.domain.telemetry import StoredMessage, payload_of, topic_of
from pulse_router.runtime.stride import Stride

MAX_DEVICES: Final = 20
MAX_HOURS: Final = 24 * 31
MAX_EXAMPLE_BYTES: Final = 512 * 1024
"""What examples may weigh in all; the rest is left out."""
_encode: Final = msgspec.json.Encoder().encode


async def result_of(
    preview: Preview,
    draft: RouteDraft,
    *,
    latency: Latency | None,
    seconds: float,
    stopped_by: StoppedBy | None,
) -> PreviewResult:
    """Give the answer.

    Args:
        preview: The figures.
        draft: The route that was tried.
        latency: How long attempts of the route that is changed take; None where nothing is known.
        seconds: How long it took.
        stopped_by: What has ended it before all was looked at, if anything has.
    """
    is_change = preview.is_change
    return PreviewResult(
        looked_at=preview.looked_at,
        topic_matched=preview.topic_matched,
        filter_passed=preview.passed,
        unjudged=preview.unjudged,
        unreadable=preview.unreadable,
        added=preview.added if is_change else UNSET,
        lost=preview.lost if is_change else UNSET,
        first_at=utc_or_none(preview.first_at),
        last_at=utc_or_none(preview.last_at),
        clauses=[_tally(each) for each in preview.tallies.clauses],
        coverage={
            path: FieldCoverage(each.present, each.missing, each.wrong_type)
            for path, each in preview.tallies.coverage.items()
        },
        not_as_sent=preview.draft.not_as_sent,
        by_hour=_hours(preview),
        devices=_devices(preview),
        devices_total=len(preview.devices),
        peak=_peak(preview, latency),
        examples=await _examples(preview, draft),
        seconds=round(seconds, 3),
        is_complete=stopped_by is None,
        stopped_by=stopped_by,
    )


def _tally(tally: Tally) -> ClauseTally:
    node = tally.node
    answer = ClauseTally(node.operator, tally.holds, tally.fails, tally.fails_alone)
    if not isinstance(node, Clause):
        answer.clauses = [_tally(part) for part in tally.parts]
        return answer
    answer.path = node.path
    answer.operand = shown_value(node.operand)
    if node.options is not None:
        answer.options = node.options
    if tally.closest:
        answer.closest = [
            CloseValue(
                value=msgspec.Raw(_encode(each.value)),
                short_by=each.short_by,
                event_id=str(each.event_id),
                device_id=each.device_id,
            )
            for each in tally.closest
        ]
    return answer


def _hours(preview: Preview) -> list[HourAnswer]:
    newest = sorted(preview.hours.items())[-MAX_HOURS:]
    is_change = preview.is_change
    return [
        HourAnswer(
            utc(hour),
            share.looked_at,
            share.passed,
            share.added if is_change else UNSET,
            share.lost if is_change else UNSET,
        )
        for hour, share in newest
    ]


def _devices(preview: Preview) -> list[DeviceShare]:
    """Show the devices of which most changes, or passes, or was looked at."""
    most = sorted(
        preview.devices.items(),
        key=lambda each: (
            -each[1].added - each[1].lost,
            -each[1].passed,
            -each[1].looked_at,
            each[0],
        ),
    )
    is_change = preview.is_change
    return [
        DeviceShare(
            device_id,
            share.looked_at,
            share.passed,
            share.added if is_change else UNSET,
            share.lost if is_change else UNSET,
        )
        for device_id, share in most[:MAX_DEVICES]
    ]


def _peak(preview: Preview, latency: Latency | None) -> PeakAnswer | None:
    if preview.peak is None:
        return None
    at, messages = preview.peak
    return PeakAnswer(
        at=utc(at),
        messages=messages,
        latency=None if latency is None else LatencyAnswer(**attrs.asdict(latency)),
        attempts_at_once=None if latency is None else round(messages * latency.p50_seconds, 2),
    )


async def _examples(preview: Preview, draft: RouteDraft) -> PreviewExamples:
    room = _Room(preview.tenant_id, draft)
    shown = {
        kind: await room.take(messages)
        for kind, messages in preview.examples.items()
        if preview.is_change or kind in ("passed", "failed")
    }
    return PreviewExamples(**shown)


class _Room:
    """Explains examples until they weigh enough.

    Args:
        tenant_id: Whose messages.
        draft: What is asked of them.
    """

    def __init__(self, tenant_id: str, draft: RouteDraft) -> None:
        self._tenant_id = tenant_id
        self._draft = draft
        self._explainer = Explainer()
        self._left = MAX_EXAMPLE_BYTES

    async def take(self, messages: Iterable[StoredMessage]) -> list[PreviewExample]:
        """Explain messages, the newest first."""
        taken: list[PreviewExample] = []
        stride = Stride()
        for message in sorted(messages, key=lambda each: -each.event_id):
            if self._left > 0:
                taken.append(await self._explain(message))
                self._left -= len(_encode(taken[-1]))
                await stride.step()
        return taken

    async def _explain(self, message: StoredMessage) -> PreviewExample:
        draft, topic = self._draft, topic_of(self._tenant_id, message)
        told = await self._explainer.explain(
            draft.topic_filter, draft.payload_filter, topic, payload_of(message)
        )
        return PreviewExample(
            event_id=str(message.event_id),
            device_id=message.device_id,
            topic_name=topic,
            received_at=utc(message.received_at),
            verdict=told.verdict,
            reason=told.reason,
            topic=told.topic,
            clauses=told.clauses,
        )
