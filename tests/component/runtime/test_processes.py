"""Processes are told apart by number and beginning."""

from __future__ import annotations

import os

import pytest

from pulse_router.runtime.processes import is_another_running, this_process


def test_this_process_is_not_another() -> None:
    assert this_process().startswith(f"{os.getpid()} ")
    assert not is_another_running(this_process())


def test_a_number_that_came_round_is_another_process() -> None:
    assert not is_another_running(f"{os.getppid()} 1")


@pytest.mark.parametrize(
    "name", ["", " ", "x", "0 1", "1", "-1 5", f"{2**70} 1", "\N{BENGALI DIGIT ONE} 2"]
)
def test_no_name_of_a_process_is_an_error(name: str) -> None:
    assert not is_another_running(name)
