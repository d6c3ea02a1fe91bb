"""Fixtures that every test may use; each lives in a module of its own under tests/support."""

from hypothesis import HealthCheck, settings

# How long an example takes, to make or to try, says more of the machine than of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

pytest_plugins = [
    "tests.support.api",
    "tests.support.command_line",
    "tests.support.folders",
    "tests.support.matches",
    "tests.support.mosquitto",
    "tests.support.postgres",
    "tests.support.graveyard",
    "tests.support.router",
]
