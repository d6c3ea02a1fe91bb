"""Tables for people: aligned, cut to the terminal, and safe to print."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pulse_router.cli.tables import NARROWEST, cell, fields, printable, table


def test_columns_are_aligned_and_the_widest_are_cut_first() -> None:
    rows = [(1, "short", "x" * 40), (22, None, True)]
    assert table(["id", "name", "error"], rows, width=None).splitlines() == [
        "ID  NAME   ERROR",
        f"1   short  {'x' * 40}",
        "22  -      yes",
    ]
    assert table(["id", "name", "error"], rows, width=24).splitlines() == [
        "ID  NAME   ERROR",
        f"1   short  {'x' * 12}…",
        "22  -      yes",
    ]


def test_a_record_is_a_line_a_field() -> None:
    record = {"id": 1, "config": {"a": "é"}, "list": []}
    assert fields(record).splitlines() == ["id      1", 'config  {"a":"é"}', "list    []"]


@given(
    st.integers(1, 5).flatmap(
        lambda columns: st.lists(
            st.lists(st.text(max_size=60), min_size=columns, max_size=columns), min_size=1
        )
    ),
    st.integers(1, 200),
)
def test_no_line_is_wider_than_it_may_be_unless_columns_would_vanish(
    rows: list[list[str]], width: int
) -> None:
    names = [f"c{number}" for number in range(len(rows[0]))]
    lines = table(names, rows, width=width).split("\n")
    assert len(lines) == len(rows) + 1
    assert all(line.isprintable() for line in lines)
    assert max(map(len, lines)) <= max(width, len(names) * (NARROWEST + 2))


@given(st.text())
def test_nothing_that_is_shown_can_command_the_terminal(text: str) -> None:
    assert printable(text).isprintable()
    assert cell({"x": text}).isprintable()
    assert len(printable(text)) == len(text)
