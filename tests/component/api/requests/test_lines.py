"""Lines are the same however the bytes that hold them were cut."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pulse_router.api.requests.lines import MAX_LINE_BYTES, Line, LineCutter

texts = st.lists(
    st.sampled_from([b"a", b"", b" ", b"\r", b'{"x": 1}', b"\xef\xbb\xbf", b"y" * 5000]), max_size=9
)


def cut(data: bytes, places: list[int]) -> list[Line]:
    cutter = LineCutter()
    lines: list[Line] = []
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    for start, end in pairwise(edges):
        lines += cutter.feed(data[start:end])
    return lines + list(cutter.finish())


@given(st.lists(texts.map(b"".join), max_size=6), st.lists(st.integers(0, 60_000), max_size=6))
def test_lines_do_not_depend_on_how_the_bytes_were_cut(
    wanted: list[bytes], places: list[int]
) -> None:
    data = b"\n".join(wanted)
    lines = cut(data, places)
    assert lines == cut(data, [])
    numbered = {n: line for n, line in enumerate(wanted, 1) if len(line) <= MAX_LINE_BYTES}
    if 1 in numbered:
        numbered[1] = numbered[1].removeprefix(b"\xef\xbb\xbf")
    kept = {line.number: line.data for line in lines if not line.is_too_long}
    assert kept == {n: line for n, line in numbered.items() if line.strip()}


def test_a_line_that_is_too_long_is_told_and_not_kept() -> None:
    cutter = LineCutter()
    for _ in range(1000):
        assert cutter.feed(b"x" * 1000) == []
    [line, after] = [*cutter.feed(b"\nafter"), *cutter.finish()]
    assert line.is_too_long
    assert len(line.data) == MAX_LINE_BYTES + 1
    assert (after.number, after.data) == (2, b"after")
