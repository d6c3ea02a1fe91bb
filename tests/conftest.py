"""Fixtures that every test may use; each lives in a module of its own under tests/support."""

from hypothesis import HealthCheck, settings

# How long an example takes, to make or to try, says more of the machine than of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

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
]
