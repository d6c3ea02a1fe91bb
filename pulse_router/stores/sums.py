"""SQL for sums that end at the edge of what their column holds, whatever stands in the table.

Counts only grow, and no router reaches the edge; what somebody has written by hand may. A sum that
PostgreSQL refuses would end what it is a part of, each time. It must not know what is counted.
"""

from __future__ import annotations


def in_bigint(total: str) -> str:
    """Cut a number of whatever size to a `bigint`; NULL, as the sum of nothing, is 0."""
    return (
        f"greatest(least(coalesce({total}, 0), 9223372036854775807), -9223372036854775808)::bigint"
    )


def in_integer(total: str) -> str:
    """Cut a number of whatever size to an `integer`; NULL, as the sum of nothing, is 0."""
    return f"greatest(least(coalesce({total}, 0), 2147483647), -2147483648)::integer"


def next_in_turn(column: str) -> str:
    """Give a number that differs from the one before; after the highest `bigint` comes 1."""
    return f"{column} % 9223372036854775807 + 1"
