"""Fixtures that every test may use; each lives in a module of its own under tests/support."""

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
