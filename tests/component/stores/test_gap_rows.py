"""Whatever stands in a row of what devices have counted, it is shown, or counts as unknown."""

from __future__ import annotations

from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from pulse_router.api.devices.gaps import gap_answer
from pulse_router.api.requests.responses import encode_json
from pulse_router.postgres.transaction import Record
from pulse_router.stores.gaps import read_gap
from tests.support.hostile.values import TIMES

NUMBERS = st.integers(-(2**63), 2**63 - 1)


@given(
    st.fixed_dictionaries(
        {
            "id": NUMBERS,
            "at": TIMES,
            "tenant_id": st.just("T"),
            "device_id": st.text(max_size=20),
            "msg_type": st.text(max_size=20),
            "event_id": NUMBERS,
            "expected": NUMBERS,
            "got": NUMBERS,
            "missing": NUMBERS,
        }
    )
)
def test_a_gap_at_any_time_can_be_shown(row: dict[str, Any]) -> None:
    assert encode_json(gap_answer(read_gap(cast("Record", row))))
