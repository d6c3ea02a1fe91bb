"""The command line, in processes of its own and in this one, and what it talks to."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.api.server import ApiForTests, make_token
from tests.support.commands.command_line import CommandLine
from tests.support.commands.runs import PROGRAM, Run
from tests.support.servers.postgres import PostgresForTests


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the real command in an empty folder, in an environment with our variables only."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAM, *arguments],
            cwd=tmp_path,
            env={"PATH": os.defpath, **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def empty_database(postgres_server: PostgresForTests) -> Iterator[str]:
    name = postgres_server.create_database(template="template1")
    yield name
    postgres_server.drop_database(name)


@pytest.fixture
def cli(api: ApiForTests, command_line: CommandLine) -> CommandLine:
    """The command line of TENANT1's administrator."""
    command_line.set({"PULSE_URL": f"http://{api.address}/", "PULSE_TOKEN": make_token()})
    return command_line
