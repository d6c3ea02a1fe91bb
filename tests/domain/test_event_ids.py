"""Event ids rise, whatever the clock does."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.event_ids import EPOCH_MILLISECONDS, MAX_NODE, EventIds

clocks = st.floats(min_value=0, max_value=4e9, allow_nan=False)


@given(
    st.integers(0, MAX_NODE),
    st.lists(st.tuples(st.integers(0, 5000), clocks), min_size=1, max_size=20),
)
def test_ids_rise_strictly_whatever_the_clock_does(
    node: int, takes: list[tuple[int, float]]
) -> None:
    ids = EventIds(node=node)
    given_ids = [event_id for count, now in takes for event_id in ids.take(count, now)]
    assert all(a < b for a, b in itertools.pairwise(given_ids))
    assert all(event_id & MAX_NODE == node for event_id in given_ids)
    assert all(0 < event_id < 2**63 for event_id in given_ids[1:])


@given(st.integers(0, 2**62), clocks)
def test_an_id_is_above_the_last_one_of_an_earlier_run(last: int, now: float) -> None:
    assert EventIds(last=last).take(1, now)[0] > last


def test_an_id_tells_its_time() -> None:
    now = 1_771_200_000.123
    first = EventIds().take(1, now)[0]
    assert (first >> 22) + EPOCH_MILLISECONDS == int(now * 1000)


def test_nodes_never_give_the_same_id() -> None:
    now = 1_771_200_000.0
    one, two = EventIds(node=1).take(5000, now), EventIds(node=2).take(5000, now)
    assert set(one).isdisjoint(two)


def test_a_node_number_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="0 to 1023"):
        EventIds(node=1024)
