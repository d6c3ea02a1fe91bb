"""The laws of an alert's life: forward only, and closed for good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.alerts import (
    Alert,
    AlertChange,
    AlertChangeRefused,
    AlertSeverity,
    AlertStatus,
    changed,
)

OPENED = datetime(2026, 2, 16, 12, tzinfo=UTC)
ORDER = list(AlertStatus)
ALERT = Alert(
    id=1,
    tenant_id="TENANT1",
    device_id="DEV-001",
    severity=AlertSeverity.WARNING,
    title="Too hot",
    key="temperature",
    status=AlertStatus.OPEN,
    opened_at=OPENED,
    updated_at=OPENED,
    closed_at=None,
)

changes = st.builds(
    AlertChange,
    status=st.none() | st.sampled_from(AlertStatus),
    severity=st.none() | st.sampled_from(AlertSeverity),
    title=st.none() | st.sampled_from(["Too hot", "Far too hot"]),
)


@given(st.lists(changes, max_size=8))
def test_what_is_closed_stays_as_it_is_and_nothing_else_is_refused(
    steps: list[AlertChange],
) -> None:
    alert = ALERT
    for hours, step in enumerate(steps, 1):
        now = OPENED + timedelta(hours=hours)
        try:
            after = changed(alert, step, now)
        except AlertChangeRefused:
            assert alert.status is AlertStatus.CLOSED
            continue
        assert after.status is (step.status or alert.status)
        assert (after.closed_at is not None) == (after.status is AlertStatus.CLOSED)
        assert after.updated_at == (alert.updated_at if after == alert else now)
        if alert.status is AlertStatus.CLOSED:
            assert after is alert
        alert = after
    # Nothing else of it ever changes.
    as_it_was = attrs.evolve(
        alert,
        severity=ALERT.severity,
        title=ALERT.title,
        status=ALERT.status,
        updated_at=ALERT.updated_at,
        closed_at=None,
    )
    assert as_it_was == ALERT


@pytest.mark.parametrize(
    ("before", "after", "is_allowed"),
    [
        (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED, True),
        (AlertStatus.OPEN, AlertStatus.CLOSED, True),
        (AlertStatus.ACKNOWLEDGED, AlertStatus.CLOSED, True),
        (AlertStatus.ACKNOWLEDGED, AlertStatus.OPEN, True),
        (AlertStatus.CLOSED, AlertStatus.OPEN, False),
        (AlertStatus.CLOSED, AlertStatus.ACKNOWLEDGED, False),
    ],
)
def test_every_transition(before: AlertStatus, after: AlertStatus, is_allowed: bool) -> None:
    closed_at = OPENED if before is AlertStatus.CLOSED else None
    alert = attrs.evolve(ALERT, status=before, closed_at=closed_at)
    if is_allowed:
        assert changed(alert, AlertChange(status=after), OPENED).status is after
    else:
        with pytest.raises(AlertChangeRefused):
            changed(alert, AlertChange(status=after), OPENED)
