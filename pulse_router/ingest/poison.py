"""Finds the messages that PostgreSQL refuses as data, so that each costs itself only.

A batch in which something is refused is stored in pieces. The error of a COPY names the line: what
stands before it is good, and what comes after is another piece. Where it names none, the piece is
halved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import attrs

from pulse_router.domain.errors import DataRefused, PulseError
from pulse_router.domain.messages import (
    IngestCommit,
    IngestCounts,
    Message,
    NewDelivery,
    Reason,
    Rejection,
)
from pulse_router.ingest.ports import IngestStore, Pieces
from pulse_router.ingest.suspicion import Suspicion

PIECE_MESSAGES: Final = 512
"""How many messages are stored again when one of them is refused."""


class NotTheMessages(PulseError):
    """PostgreSQL refuses data, and the messages are not what is wrong."""


async def commit_without_poison(
    store: IngestStore, commit: IngestCommit, suspicion: Suspicion, *, is_suspect: bool = False
) -> IngestCommit:
    """Store a batch; the messages that PostgreSQL refuses become rejections.

    Args:
        store: Where to.
        commit: The batch.
        suspicion: What is known of what was refused before.
        is_suspect: Whether poison is likely: then storing it as a whole is not tried.

    Returns:
        What was stored.

    Raises:
        NotTheMessages: Something else is wrong.
        LifeOver: As the store raises it.
        Unavailable: As the store raises it.
    """
    if not is_suspect:
        try:
            stored = await store.commit(commit)
        except DataRefused:
            pass  # it is told again, piece by piece
        else:
            suspicion.note(commit.messages, ())
            return attrs.evolve(commit, counts=stored)
    try:
        return await _commit_in_pieces(store, commit, suspicion)
    except DataRefused as refusal:
        raise NotTheMessages(
            f"PostgreSQL refuses a batch as data, and none of its messages alone: {refusal}"
        ) from refusal


async def _commit_in_pieces(
    store: IngestStore, commit: IngestCommit, suspicion: Suspicion
) -> IngestCommit:
    sorter: _Sorter | None = None
    async with store.in_pieces(commit) as pieces:
        if isinstance(pieces, IngestCounts):
            commit = attrs.evolve(commit, counts=pieces)
        else:
            sorter = _Sorter(pieces, commit)
            await sorter.run()
            commit = _without(commit, sorter.poison)
            await _ask_witness(pieces, commit, sorter.poison, suspicion)
            await _add_rejections(pieces, commit.rejections)
            await pieces.finish(commit)
    if sorter is not None:
        suspicion.note(commit.messages, [message for message, _ in sorter.poison])
    return commit


async def _ask_witness(
    pieces: Pieces,
    commit: IngestCommit,
    poison: Sequence[tuple[Message, DataRefused]],
    suspicion: Suspicion,
) -> None:
    """Look whether the messages are to blame, when so much was refused that one has to ask.

    Raises:
        NotTheMessages: What could be stored before is refused too.
    """
    if not poison:
        return
    witness = suspicion.witness(commit.messages, [message for message, _ in poison])
    if witness is None or await pieces.takes(witness):
        return
    refusal = poison[-1][1]
    raise NotTheMessages(
        "PostgreSQL refuses all that comes as data, and what it has stored before as well,"
        f" the last time with SQLSTATE {refusal.sqlstate}: {refusal}"
    ) from refusal


async def _add_rejections(pieces: Pieces, rejections: Sequence[Rejection]) -> None:
    """Store rejections; one whose own words are refused is put into ASCII."""
    kept = list(rejections)
    for _ in range(len(kept) + 1):
        try:
            await pieces.reject(kept)
        except DataRefused as refusal:
            if refusal.line is None or refusal.relation != "rejected_messages":
                kept = [each.in_ascii() for each in kept]
            else:
                kept[refusal.line - 1] = kept[refusal.line - 1].in_ascii()
        else:
            return
    await pieces.reject(kept)


class _Sorter:
    """Stores what can be stored of a batch, and keeps what cannot."""

    def __init__(self, pieces: Pieces, commit: IngestCommit) -> None:
        self.poison: list[tuple[Message, DataRefused]] = []
        self._pieces = pieces
        self._messages = commit.messages
        self._deliveries: defaultdict[int, list[NewDelivery]] = defaultdict(list)
        for delivery in commit.deliveries:
            self._deliveries[delivery.event_id].append(delivery)

    async def run(self) -> None:
        """Go through the batch in its order."""
        messages = self._messages
        pieces = [
            messages[start : start + PIECE_MESSAGES]
            for start in range(0, len(messages), PIECE_MESSAGES)
        ]
        pieces.reverse()
        while pieces:
            piece = pieces.pop()
            deliveries = [d for message in piece for d in self._deliveries[message.event_id]]
            try:
                await self._pieces.add(piece, deliveries)
            except DataRefused as refusal:
                before, after = self._split(piece, deliveries, refusal)
                pieces += [part for part in (after, before) if part]

    def _split(
        self, piece: Sequence[Message], deliveries: Sequence[NewDelivery], refusal: DataRefused
    ) -> tuple[Sequence[Message], Sequence[Message]]:
        """Take the refused message out of a piece, or halve it when that one is not known."""
        at = 0 if len(piece) == 1 else _named(piece, deliveries, refusal)
        if at is None:
            return piece[: len(piece) // 2], piece[len(piece) // 2 :]
        self.poison.append((piece[at], refusal))
        return piece[:at], piece[at + 1 :]


def _named(
    piece: Sequence[Message], deliveries: Sequence[NewDelivery], refusal: DataRefused
) -> int | None:
    """The place of the message that the error names by table and line, if it does."""
    if refusal.line is None:
        return None
    at = refusal.line - 1
    # A partition may be named in place of its table.
    if (refusal.relation or "").startswith("telemetry") and at < len(piece):
        return at
    if refusal.relation == "route_deliveries" and at < len(deliveries):
        event_id = deliveries[at].event_id
        return next(i for i, message in enumerate(piece) if message.event_id == event_id)
    return None


def _without(commit: IngestCommit, poison: Sequence[tuple[Message, DataRefused]]) -> IngestCommit:
    gone = {message.event_id for message, _ in poison}
    messages = [m for m in commit.messages if m.event_id not in gone]
    deliveries = [d for d in commit.deliveries if d.event_id not in gone]
    written = [pair for pair in commit.written if pair.event_id not in gone]
    counts = commit.counts
    unqueued = len(commit.deliveries) - len(deliveries)
    unwritten = len(commit.written) - len(written)
    return attrs.evolve(
        commit,
        messages=messages,
        deliveries=deliveries,
        written=written,
        rejections=[*commit.rejections, *(_as_rejection(*refused) for refused in poison)],
        counts=attrs.evolve(
            counts,
            stored=counts.stored - len(gone),
            rejected=counts.rejected + len(gone),
            matched=counts.matched - unqueued - unwritten,
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
