"""Chance that can be had again: who fails says with which seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def seeded(seed: int | None) -> Iterator[int]:
    """Give a seed, another each time for None, and name it where a check fails.

    Raises:
        AssertionError: What failed, with the seed.
    """
    chosen = random.randrange(2**32) if seed is None else seed
    try:
        yield chosen
    except AssertionError as error:
        raise AssertionError(f"with seed {chosen}: {error}") from error
