"""Which stored messages a topic filter means, and ids by time: pure rules."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.event_ids import EventIds, first_id_at, unix_seconds_of
from pulse_router.domain.insight.messages import MessageFilter
from pulse_router.domain.topics import check_topic_filter, topic_matches

WORDS = st.sampled_from(["tenant", "T", "device", "D", "E", "telemetry", "status", "+", "x"])
FILTERS = st.builds(
    lambda levels, below: "/".join([*levels, *below]),
    st.lists(WORDS, min_size=1, max_size=6),
    st.sampled_from([[], ["#"]]),
) | st.just("#")
CHOSEN = st.builds(
    MessageFilter,
    device_id=st.sampled_from([None, "D", "E"]),
    msg_type=st.sampled_from([None, "telemetry", "status"]),
)


def means(chosen: MessageFilter | None, device_id: str, msg_type: str) -> bool:
    return (
        chosen is not None
        and chosen.device_id in (None, device_id)
        and chosen.msg_type in (None, msg_type)
    )


@given(FILTERS, CHOSEN, st.sampled_from("DE"), st.sampled_from(["telemetry", "status"]))
def test_a_topic_filter_means_the_messages_whose_topics_it_fits(
    topic_filter: str, chosen: MessageFilter, device_id: str, msg_type: str
) -> None:
    check_topic_filter(topic_filter)
    fits = topic_matches(topic_filter, f"tenant/T/device/{device_id}/{msg_type}")
    narrowed = chosen.on_topic(topic_filter, "T")
    assert means(narrowed, device_id, msg_type) is (means(chosen, device_id, msg_type) and fits)


@given(st.floats(1.71e9, 3e9), st.floats(1.71e9, 3e9), st.integers(0, 1023))
def test_ids_are_bounded_by_the_times_at_which_they_were_given(
    given_at: float, bound: float, node: int
) -> None:
    [number] = EventIds(node=node).take(1, given_at)
    chosen = MessageFilter().between(bound, None)
    before = MessageFilter().between(None, bound)
    is_after = int(given_at * 1000) >= int(bound * 1000)
    assert (number > chosen.above) is is_after
    assert (number < before.below) is not is_after
    assert unix_seconds_of(first_id_at(bound)) <= bound
