"""Payload filters and payloads as they may come: few names and few values, so that they meet."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

words = st.sampled_from(["", "a", "ab", "b", "1", "hot", "tempeh"])
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 2), st.sampled_from([0.5, 1.0, -1.0]), words
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xy"), inner, max_size=2)
    ),
    max_leaves=4,
)
bare_names = st.sampled_from(["t", "p", "status", "site"])
dotted_names = st.sampled_from(
    ["status.x", "status.0", "status.1.y", "metrics.t", "metrics.deep.x", "deep.x", "deep.x.y"]
)
other_names = st.sampled_from(["deep.0.x", "site.x.y", "whole.name"])
names = bare_names | dotted_names | other_names
payloads = st.fixed_dictionaries(
    {},
    optional={
        "metrics": values
        | st.dictionaries(st.sampled_from(["t", "p", "status", "deep", "deep.x", "x.y"]), values),
        "status": values,
        "site": values,
        "t": values,
        "whole.name": values,
    },
)


def with_options(operators: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Put options beside a regular expression, or none."""
    if "$regex" not in operators or operators["$regex"].startswith("(?"):
        return st.just(operators)
    return st.sampled_from(["", "i", "s"]).map(
        lambda options: operators | ({"$options": options} if options else {})
    )


def parts_of(condition: Any) -> int:
    """Count what a filter is made of: no fewer than its conditions."""
    if isinstance(condition, dict):
        return sum(1 + parts_of(inner) for inner in condition.values())
    return sum(1 + parts_of(inner) for inner in condition) if isinstance(condition, list) else 0


numbers_or_words = st.one_of(st.integers(-2, 2), st.just(0.5), words)
leaves: dict[str, st.SearchStrategy[Any]] = {
    "$eq": values,
    "$ne": values,
    "$gt": numbers_or_words,
    "$gte": numbers_or_words,
    "$lt": numbers_or_words,
    "$lte": numbers_or_words,
    "$in": st.lists(values, max_size=3),
    "$nin": st.lists(values, max_size=3),
    "$exists": st.booleans(),
    "$regex": st.sampled_from(["a", "^a", "b$", "h.t", "[0-9]", "(?i)HOT"]),
    "$startsWith": words,
    "$endsWith": words,
    "$contains": values,
    "$size": st.integers(0, 2),
}
plain_operators: st.SearchStrategy[dict[str, Any]] = (
    st.fixed_dictionaries({}, optional=leaves).filter(bool).flatmap(with_options)
)
in_elements = plain_operators | st.dictionaries(
    st.sampled_from(["x", "y", "x.y", "x.0", "0.x"]),
    plain_operators | values,
    min_size=1,
    max_size=2,
)
of_lists: dict[str, st.SearchStrategy[Any]] = {
    "$all": st.lists(values | st.fixed_dictionaries({"$elemMatch": in_elements}), max_size=2),
    "$elemMatch": in_elements,
    "$not": plain_operators | scalars,
}
operators = st.fixed_dictionaries({}, optional=leaves | of_lists).filter(bool).flatmap(with_options)
filters = st.recursive(
    st.dictionaries(names, operators | values, max_size=3),
    lambda inner: (
        st.dictionaries(
            st.sampled_from(["$and", "$or", "$nor"]), st.lists(inner, min_size=1, max_size=3)
        )
        | st.fixed_dictionaries({"$not": inner})
    ),
    max_leaves=5,
).filter(lambda condition: parts_of(condition) < 256)  # a filter may not have more
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
