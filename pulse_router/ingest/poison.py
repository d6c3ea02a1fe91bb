"""Finds the messages that PostgreSQL refuses as data, so that each costs itself only.

The error of a COPY names the line. Where it names none, rehearsals on ever smaller halves find
it. Nothing is stored while searching: the last attempt stores the whole batch at once.
"""

from __future__ import annotations

from typing import Final

import attrs

from pulse_router.domain.errors import DataRefused, PulseError
from pulse_router.domain.messages import IngestCommit, Message, Reason, Rejection
from pulse_router.ingest.ports import IngestStore

MAX_REFUSED_SHARE: Final = 0.05
"""When more of a batch than this is refused, the data is not what is wrong."""


class TooMuchPoison(PulseError):
    """So much of a batch is refused that the fault must lie elsewhere."""


async def commit_without_poison(store: IngestStore, commit: IngestCommit) -> IngestCommit:
    """Store a batch; the messages that PostgreSQL refuses become rejections.

    Returns:
        What was stored.

    Raises:
        TooMuchPoison: More than 5% of the batch was refused, or what is refused can't be found.
        SequenceTaken: As the store raises it.
        Unavailable: As the store raises it.
    """
    allowed = max(1, int(len(commit.messages) * MAX_REFUSED_SHARE))
    refused = 0
    while True:
        try:
            await store.commit(commit)
        except DataRefused as refusal:
            refused += 1
            if refused > allowed:
                raise TooMuchPoison(
                    f"PostgreSQL refuses more than {MAX_REFUSED_SHARE:.0%} of a batch,"
                    f" the last time with SQLSTATE {refusal.sqlstate}: {refusal}"
                ) from refusal
            poison = _named(commit, refusal) or await _search(store, commit)
            commit = _reject(commit, poison, refusal)
        else:
            return commit


def _named(commit: IngestCommit, refusal: DataRefused) -> Message | None:
    """The message that the error names by table and line, if it does."""
    if refusal.line is None:
        return None
    at = refusal.line - 1
    if refusal.relation == "telemetry" and at < len(commit.messages):
        return commit.messages[at]
    if refusal.relation == "route_deliveries" and at < len(commit.deliveries):
        event_id = commit.deliveries[at].event_id
        return next(message for message in commit.messages if message.event_id == event_id)
    return None


async def _search(store: IngestStore, commit: IngestCommit) -> Message:
    """Find one refused message by rehearsing halves."""
    suspects = list(commit.messages)
    while len(suspects) > 1:
        half = suspects[: len(suspects) // 2]
        try:
            await store.rehearse(_only(commit, half))
        except DataRefused:
            suspects = half
        else:
            suspects = suspects[len(half) :]
    try:
        await store.rehearse(_only(commit, suspects))
    except DataRefused:
        if suspects:
            return suspects[0]
    raise TooMuchPoison("PostgreSQL refuses a batch as data, and none of its messages alone")


def _only(commit: IngestCommit, messages: list[Message]) -> IngestCommit:
    event_ids = {message.event_id for message in messages}
    deliveries = [d for d in commit.deliveries if d.event_id in event_ids]
    return attrs.evolve(commit, messages=messages, deliveries=deliveries)


def _reject(commit: IngestCommit, poison: Message, refusal: DataRefused) -> IngestCommit:
    messages = [m for m in commit.messages if m.event_id != poison.event_id]
    deliveries = [d for d in commit.deliveries if d.event_id != poison.event_id]
    written = [pair for pair in commit.written if pair.event_id != poison.event_id]
    counts = commit.counts
    unwritten = len(commit.written) - len(written)
    return attrs.evolve(
        commit,
        messages=messages,
        deliveries=deliveries,
        written=written,
        rejections=[*commit.rejections, _as_rejection(poison, refusal)],
        counts=attrs.evolve(
            counts,
            stored=counts.stored - 1,
            rejected=counts.rejected + 1,
            matched=counts.matched - len(commit.deliveries) + len(deliveries) - unwritten,
            written=counts.written - unwritten,
        ),
    )


def _as_rejection(message: Message, refusal: DataRefused) -> Rejection:
    fields = message.extra or "{}"
    payload = f'{{"metrics":{message.metrics or "null"},"extra":{fields}}}'
    return Rejection(
        message.received_at,
        message.tenant_id,
        message.device_id,
        f"tenant/{message.tenant_id}/device/{message.device_id}/{message.msg_type}",
        Reason.UNSTORABLE,
        f"refused by PostgreSQL with SQLSTATE {refusal.sqlstate}",
        payload.encode(),
    )
