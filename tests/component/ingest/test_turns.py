"""The laws of turns: nobody waits for more than a share of another, and what was promised holds."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from pulse_router.ingest.writing.turns import LONE_SECONDS
from tests.support.ingest.turns import LONE_ROWS, Life, Sent, life


def test_what_is_little_is_stored_at_once_in_the_order_of_arrival() -> None:
    router = life(*[Sent("LOUD", 3)] * 2, Sent("QUIET", 1))
    router.turns.add([router.read([0, 1]), router.read([2])])
    turn, commit = router.commit()
    assert [message.event_id for message in commit.messages] == [1, 2, 3]
    assert len(turn.arrivals) == 2
    assert router.turns.is_empty


def test_a_neighbour_goes_before_what_another_has_too_much_of() -> None:
    router = life(*[Sent("LOUD", 5)] * 6, Sent("QUIET", 1))
    router.turns.add([router.read(range(6)), router.read([6])])
    turn, commit = router.commit()
    assert [message.tenant_id for message in commit.messages] == ["QUIET"]
    assert turn.arrivals == []  # those of before are not stored
    assert turn.up_to == 0
    sizes = []
    while not router.turns.is_empty:
        sizes.append(router.commit()[1].rows)
    assert sizes == [12, 12, 12]
    assert router.stored == [6, *range(6)]
    assert len(router.acknowledged) == 2


def test_who_comes_while_another_is_put_off_waits_for_one_share_at_the_most() -> None:
    router = life(*[Sent("LOUD", 11)] * 5, Sent("QUIET", 1), Sent("QUIET", 1))
    router.turns.add([router.read(range(5))])
    router.commit()
    for number in (5, 6):
        router.turns.add([router.read([number])])
        router.commit()
        assert number in router.stored[-2:]
        router.commit()
    assert router.stored == [0, 5, 1, 6, 2]


def test_who_is_alone_is_stored_in_large_commits_until_somebody_comes() -> None:
    router = life(*[Sent("ONE", 1)] * 18, Sent("QUIET", 1), *[Sent("ONE", 1)] * 36)

    def read(first: int, last: int) -> list[int]:
        router.turns.add([router.read(range(at, at + 3)) for at in range(first, last, 3)])
        sizes = []
        while not router.turns.is_empty:
            sizes.append(router.commit()[1].rows)
        return sizes

    assert read(0, 18) == [24, 12]
    router.turns.add([router.read([18])])
    router.commit()
    assert read(19, 37) == [12, 12, 12]
    router.now = LONE_SECONDS
    assert read(37, 55) == [24, 12]
    assert router.stored == list(range(55))


def test_many_who_bring_little_are_stored_in_large_commits() -> None:
    router = life(*[Sent(f"T{number}", 1) for number in range(24)])
    router.turns.add([router.read(range(at, at + 3)) for at in range(0, 24, 3)])
    assert [router.commit()[1].rows for _ in range(2)] == [24, 24]
    assert router.stored == list(range(24))


def test_a_message_is_stored_whole_however_much_it_weighs() -> None:
    router = life(Sent("LOUD", 40), Sent("LOUD", 2))
    router.turns.add([router.read([0, 1])])
    assert router.commit()[1].rows == 41
    assert router.commit()[1].rows == 3


def test_an_arrival_in_parts_is_acknowledged_when_the_last_of_them_is_stored() -> None:
    router = life(*[Sent("ONE", 5)] * 6, Sent("QUIET", 1))
    parts = router.read_in_parts(range(6), 2)
    assert [part.rows for part in parts] == [12, 12, 12]
    router.turns.add(parts[:1])
    assert router.commit()[0].arrivals == []
    router.turns.add([*parts[1:], router.read([6])])
    while not router.turns.is_empty:
        assert not router.acknowledged
        router.commit()
    assert [each.number for each in router.acknowledged] == [1, 2]


def test_two_who_have_too_much_take_turns() -> None:
    router = life(*[Sent("A", 11)] * 3, *[Sent("B", 11)] * 3)
    router.turns.add([router.read(range(6))])
    while not router.turns.is_empty:
        router.commit()
    assert [router.sent[number].tenant for number in router.stored] == list("ABABAB")


def test_a_new_session_begins_when_all_of_the_one_before_is_stored() -> None:
    router = life(*[Sent("LOUD", 11)] * 3, Sent("QUIET"))
    first, second = router.read(range(3)), router.read([3])
    second.arrival.new_session = True  # type: ignore[misc]
    router.turns.add([first, second])
    while not router.turns.is_empty:
        router.commit()
    assert router.stored == [0, 1, 2, 3]


sent_messages = st.lists(
    st.builds(
        Sent,
        tenant=st.sampled_from("ABC"),
        matches=st.sampled_from([0, 1, 2, 5, 30]),
        is_held=st.sampled_from([True, True, True, False]),
        is_good=st.sampled_from([True, True, True, False]),
    ),
    max_size=60,
)
lives = st.lists(
    st.tuples(
        st.integers(0, 12),  # after how many commits it is killed
        st.integers(0, 60),  # of how many acknowledged messages the broker does not know
        st.lists(st.integers(1, 8), min_size=1, max_size=5),  # how much each read brings
        st.lists(st.integers(0, 4), min_size=1, max_size=5),  # how many reads before each commit
    ),
    max_size=4,
)


@given(sent=sent_messages, plan=lives, alike=st.booleans(), part_size=st.integers(1, 8))
@settings(max_examples=300, deadline=None)
def test_each_message_is_stored_once_in_its_tenants_order_whenever_the_router_is_killed(
    sent: list[Sent],
    plan: list[tuple[int, int, list[int], list[int]]],
    part_size: int,
    *,
    alike: bool,
) -> None:
    log: list[tuple[int, int]] = []
    stored: list[int] = []
    waiting = list(range(len(sent)))
    for number, (commits, unheard, sizes, reads) in enumerate([*plan, (10_000, 0, [3], [2])]):
        router = Life(sent, log, stored, alike=alike)
        is_again = number > 0
        acknowledged = _live(router, waiting, commits, sizes, reads, part_size, again=is_again)
        heard = max(0, acknowledged - unheard)
        waiting = [number for number in waiting[heard:] if sent[number].is_held]
    counts = Counter(stored)
    assert not waiting
    assert max(counts.values(), default=1) == 1
    assert all(counts[number] == 1 for number, one in enumerate(sent) if one.is_held)
    for tenant in "ABC":
        its = [n for n in stored if sent[n].tenant == tenant and sent[n].is_good]
        assert its == sorted(its)


def _live(
    router: Life,
    numbers: Sequence[int],
    commits: int,
    sizes: Sequence[int],
    reads: Sequence[int],
    part_size: int,
    *,
    again: bool,
) -> int:
    """Read and store until it is killed or all is done; tell how many were acknowledged."""
    cut = [0]
    while cut[-1] < len(numbers):
        cut.append(min(len(numbers), cut[-1] + sizes[len(cut) % len(sizes)]))
    batches = [
        part
        for begin, end in itertools.pairwise(cut)
        for part in router.read_in_parts(numbers[begin:end], part_size, again=again)
    ]
    while commits > 0 and (batches or not router.turns.is_empty):
        count = reads[commits % len(reads)] or int(router.turns.is_empty)
        router.now += 3.0
        taken, batches = batches[:count], batches[count:]
        router.turns.add(taken)
        _, commit = router.commit()
        commits -= 1
        assert commit.counts.received == (
            commit.counts.stored + commit.counts.rejected + commit.counts.duplicate
        )
        assert commit.counts.matched == len(commit.deliveries)
        assert commit.rows <= LONE_ROWS or len(commit.messages) == 1
    read = router.acknowledged
    assert [each.number for each in read] == list(range(1, len(read) + 1))
    return sum(len(each.publications) for each in read)
