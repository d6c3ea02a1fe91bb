"""Tokens and addresses are cleaned of what editors and env files leave around them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.api.server import ApiForTests, make_token
from tests.support.commands.command_line import CommandLine


@pytest.mark.parametrize("form", ["{}", '"{}"', "'{}'\n", " {}\r\n"])
async def test_quotes_and_ends_of_line_around_variables_are_taken_off(
    api: ApiForTests, command_line: CommandLine, tmp_path: Path, form: str
) -> None:
    url, token = form.format(f"http://{api.address}"), make_token()
    command_line.set({"PULSE_URL": url, "PULSE_TOKEN": form.format(token)})
    assert (await command_line("routes")).status == 0
    file = tmp_path / "token"
    file.write_text(f"\ufeff{token}\r\n")
    command_line.set({"PULSE_TOKEN": "", "PULSE_TOKEN_FILE": form.format(file)})
    assert (await command_line("routes")).status == 0
