"""Commands do their work, and end with the right status, whatever they can write to."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from pulse_router.api.access.tokens import issue_token
from tests.support.commands.runs import PROGRAM
from tests.support.settings import SECRET

STRANGE = "br\u00f6ker\u2026\u65e5\u672c\U0001f600"


def run(folder: Path, command: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """Run a line of shell; `$PR` is the program."""
    return subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env={"PATH": os.defpath, "PR": str(PROGRAM), **variables},
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&- <&-", "2>/dev/full"])
def test_closed_outputs_change_neither_the_work_nor_the_status(tmp_path: Path, closed: str) -> None:
    assert run(tmp_path, f"$PR check {closed}").returncode == 2
    assert run(tmp_path, f"$PR check {closed}", PULSE_AUTH_SECRET=SECRET).returncode == 0
    assert run(tmp_path, f"$PR serve {closed}", PULSE_MQTT_PORT="x").returncode == 2
    assert run(tmp_path, f"$PR nonsense {closed}").returncode == 2


def test_a_closed_standard_error_keeps_no_token_back(tmp_path: Path) -> None:
    made = run(
        tmp_path, "$PR token --tenant T --role customer_admin 2>&-", PULSE_AUTH_SECRET=SECRET
    )
    sample = issue_token(SECRET, tenant="T", roles=[], expires_seconds=1, now=0)
    assert made.returncode == 0
    assert made.stdout.count(b".") == sample.count(".")


def test_a_descriptor_that_was_closed_is_given_to_no_file_of_ours(tmp_path: Path) -> None:
    held = "import os, pulse_router.cli.terminal as t; t.prepare_streams();"
    look = "print(os.readlink('/proc/self/fd/2'), os.open('/', os.O_RDONLY) > 2)"
    python = Path(PROGRAM).with_name("python")
    told = run(tmp_path, f'{python} -c "{held} {look}" 2>&-')
    assert told.stdout.split() == [b"/dev/null", b"True"]


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8", "cp437"])
def test_words_survive_a_terminal_that_has_no_characters_for_them(
    tmp_path: Path, encoding: str
) -> None:
    (tmp_path / "pulse-router.toml").write_text(f'[mqtt]\nclient_id = "{STRANGE}"\n')
    variables = {"PYTHONIOENCODING": encoding, "PULSE_AUTH_SECRET": SECRET}
    told = run(tmp_path, "$PR check", **variables)
    assert told.returncode == 2
    assert b"mqtt.client_id" in told.stderr
    assert b"Traceback" not in told.stderr
    report = run(tmp_path, "$PR check --json", **variables)
    text = report.stdout.decode("utf-8" if encoding == "ascii" else encoding)
    assert STRANGE in json.loads(text)["problems"][0]
