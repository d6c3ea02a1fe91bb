"""What a draft of a route would have done with stored messages, beside the route as it is. Pure."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import attrs

from pulse_router.domain.filters.faults import FilterError
from pulse_router.domain.filters.heavy import PayloadFilter
from pulse_router.domain.previewing.tallies import Tallies
from pulse_router.domain.previewing.views import RouteView
from pulse_router.domain.telemetry import StoredMessage, payload_of, topic_of

EXAMPLES: Final = 5
"""How many messages of each kind are shown: the newest."""
KINDS: Final = ("passed", "failed", "added", "lost")


@attrs.define
class Share:
    """What of some messages the draft takes, and what is added and lost against the route."""

    looked_at: int = 0
    passed: int = 0
    added: int = 0
    lost: int = 0


@attrs.define
class Preview:
    """The figures, while messages are looked at.

    A message that no device can have sent, for somebody wrote its row, is `unreadable` and counts
    nowhere else but in `looked_at`.

    Attributes:
        tenant_id: Whose messages.
        draft: The route as it shall be.
        before: The route as it is; None where there is none, or where it takes nothing.
        is_change: Whether there is a route that is changed.
        topic_matched: How many messages came by a topic that fits.
        passed: How many of these passed the payload filter as well.
        unjudged: How many of these would have cost more than a filter may take.
        looked_at: How many were looked at.
        added: How many the draft takes and the route does not.
        lost: The other way round.
        unreadable: How many could not be read.
        first_at: When the first of them arrived.
        last_at: When the last did.
    """

    tenant_id: str
    draft: RouteView
    before: RouteView | None = None
    is_change: bool = False
    looked_at: int = 0
    topic_matched: int = 0
    passed: int = 0
    unjudged: int = 0
    added: int = 0
    lost: int = 0
    unreadable: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    tallies: Tallies = attrs.field(factory=Tallies)
    devices: dict[str, Share] = attrs.field(factory=dict)
    hours: dict[datetime, Share] = attrs.field(factory=dict)
    examples: Mapping[str, deque[StoredMessage]] = attrs.field(
        factory=lambda: {kind: deque(maxlen=EXAMPLES) for kind in KINDS}
    )
    _seconds: Counter[datetime] = attrs.field(factory=Counter)

    def look(self, message: StoredMessage) -> None:
        """Look at a message; they come in the order in which they arrived."""
        self.looked_at += 1
        at = message.received_at
        self.first_at = self.first_at or at
        self.last_at = at
        topic = topic_of(self.tenant_id, message)
        shares = self._shares(message.device_id, at)
        for share in shares:
            share.looked_at += 1
        fits = self.draft.fits(topic)
        fitted = self.before is not None and self.before.fits(topic)
        if not fits and not fitted:
            return
        try:
            payload = payload_of(message)
        except Exception:  # noqa: BLE001 - whatever it is, it is this row's
            self.unreadable += 1
            return
        passes = fits and self._judge(message, payload)
        passed = fitted and self.before is not None and bool(self.before.passes(payload))
        if fits:
            self.examples["passed" if passes else "failed"].append(message)
        if passes:
            self.passed += 1
            self._seconds[at.replace(microsecond=0)] += 1
            for share in shares:
                share.passed += 1
        if self.is_change and passes is not passed:
            self._note_change(message, shares, is_added=passes)

    def _note_change(
        self, message: StoredMessage, shares: tuple[Share, Share], *, is_added: bool
    ) -> None:
        self.examples["added" if is_added else "lost"].append(message)
        self.added += is_added
        self.lost += not is_added
        for share in shares:
            share.added += is_added
            share.lost += not is_added

    @property
    def peak(self) -> tuple[datetime, int] | None:
        """The second in which the draft takes most messages, and how many; None without any."""
        return max(self._seconds.items(), key=lambda each: each[1], default=None)

    def _judge(self, message: StoredMessage, payload: dict[str, Any]) -> bool:
        self.topic_matched += 1
        verdict = self.draft.explain(payload)
        if verdict is not None:  # it is what the filter says: they are made of the same parts
            self.tallies.add(verdict, message.event_id, message.device_id)
            return verdict.verdict
        passes = self.draft.passes(payload)
        if passes is None:
            self.unjudged += 1
        return bool(passes)

    def _shares(self, device_id: str, at: datetime) -> tuple[Share, Share]:
        hour = at.replace(minute=0, second=0, microsecond=0)
        of_device = self.devices.get(device_id) or self.devices.setdefault(device_id, Share())
        return of_device, self.hours.get(hour) or self.hours.setdefault(hour, Share())


def view_of_stored(topic_filter: str, payload_filter: PayloadFilter | None) -> RouteView | None:
    """Give the view of a stored route; None where its filter is invalid, and so takes nothing."""
    try:
        return RouteView(topic_filter, payload_filter)
    except FilterError:
        return None
