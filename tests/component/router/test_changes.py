"""An announcement says what has changed, or that anything may have: it never ends who hears it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.changes import Change, read_change

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
FIELDS = st.fixed_dictionaries(
    {}, optional={"table": JSON, "tenant_id": JSON, "device_id": JSON, "of_a_later_version": JSON}
)


@given(st.text() | JSON.map(json.dumps) | FIELDS.map(json.dumps))
def test_whatever_is_announced_is_read_or_is_none(payload: str) -> None:
    change = read_change(payload)
    assert change is None or isinstance(change.table, str)


@pytest.mark.parametrize(
    "payload", ["hello", "", "{", "null", "[" * 8000, '{"table": 1}', '{"tenant_id": "T"}']
)
def test_what_says_nothing_known_may_mean_anything(payload: str) -> None:
    assert read_change(payload) is None


def test_what_another_version_adds_is_passed_over() -> None:
    payload = '{"table": "devices", "tenant_id": "T", "device_id": "D", "site_id": "S"}'
    assert read_change(payload) == Change("devices", "T", "D")
