"""The collector rests while modules are loaded, and works again whatever comes of it."""

from __future__ import annotations

import gc

import pytest

from pulse_router.runtime.garbage import collect_nothing


def test_the_collector_works_again_after_the_block() -> None:
    with collect_nothing():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_collector_works_again_after_a_failure() -> None:
    with pytest.raises(ImportError), collect_nothing():
        raise ImportError
    assert gc.isenabled()
