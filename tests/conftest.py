"""Fixtures that every test may use; each lives in a module of its own under tests/support."""

import gc

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes, to make or to try, says more of the machine than of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

WAITS_LONG = ("tests/soak/", "tests/crash/")
IS_SHORT = ("tests/component/", "tests/domain/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes a minute each, end with what is over in a moment.

    The other way round a worker would be left alone with it when the others are done.
    """
    items.sort(key=lambda item: item.nodeid.startswith(IS_SHORT))
    items.sort(key=lambda item: not item.nodeid.startswith(WAITS_LONG))


# Thousands of tests are no garbage: neither while they are gathered, nor later, again and again.
gc.disable()


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.enable()


pytest_plugins = [
    "tests.support.api.server",
    "tests.support.commands.command_line",
    "tests.support.servers.folders",
    "tests.support.delivery.matches",
    "tests.support.servers.mosquitto",
    "tests.support.servers.postgres",
    "tests.support.servers.migrating",
    "tests.support.delivery.graveyard",
    "tests.support.delivery.sink",
    "tests.support.commands.router",
    "tests.support.commands.reloading",
]
