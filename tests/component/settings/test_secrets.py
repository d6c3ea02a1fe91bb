from __future__ import annotations

import re
from pathlib import Path

import pytest

from pulse_router.settings import (
    load_settings,
)
from pulse_router.settings.structure import keys
from tests.support.settings import SECRET, problems, the_problem


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pulse-router.toml"


def test_no_secret_is_shown_by_repr_or_by_an_error(file: Path) -> None:
    file.write_text(
        '[auth]\nsecret = "hunter2"\nsecert = "hunter2"\n'
        '[mqtt]\npassword = ["hunter2"]\n[nats]\nurl = "hunter2"\n'
    )
    found = problems(
        file, PULSE_DATABASE_URL="hunter2", PULSE_DATABASE_DIRECT_URL="http://x:hunter2@y"
    )
    assert len(found) == 6
    assert "hunter2" not in " ".join(found)
    whole = load_settings(None, {"PULSE_AUTH_SECRET": SECRET, "PG_PASS": "hunter2"})
    assert SECRET not in repr(whole)
    assert "hunter2" not in repr(whole)


def test_every_key_that_may_hold_a_secret_is_kept_out_of_repr() -> None:
    secret = {dotted for dotted, key in keys().items() if key.is_secret}
    assert secret == {
        "mqtt.password",
        "database.url",
        "database.direct_url",
        "database.migration_url",
        "auth.secret",
        "delivery.proxy_credentials",
        "delivery.secrets_key",
        "nats.url",
        "trace.otlp_url",
    }
    assert all(not key.attribute.repr for key in keys().values() if key.is_secret)


def test_a_secret_can_stand_in_a_file_of_its_own(tmp_path: Path, file: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    (tmp_path / "password").write_text("from the environment\r\n")
    file.write_text('[auth]\nsecret_file = "secret"\n')
    environ = {"PULSE_MQTT_PASSWORD_FILE": str(tmp_path / "password"), "MQTT_PASSWORD": "legacy"}
    settings = load_settings(file, environ)
    assert settings.auth.secret == SECRET
    assert settings.mqtt.password == "from the environment"


def test_a_secret_file_in_the_environment_beats_a_secret_in_the_file(
    tmp_path: Path, file: Path
) -> None:
    (tmp_path / "secret").write_text("e" * 32)
    file.write_text(f'[auth]\nsecret = "{SECRET}"\n')
    environ = {"PULSE_AUTH_SECRET_FILE": str(tmp_path / "secret")}
    assert load_settings(file, environ).auth.secret == "e" * 32


def test_a_secret_given_twice_in_one_place_is_refused(file: Path) -> None:
    file.write_text(f'[auth]\nsecret = "{SECRET}"\nsecret_file = "secret"\n')
    assert the_problem(file) == (
        f"auth.secret_file (in {file}): auth.secret is given as well; leave one of them out"
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot read .*: No such file or directory"),
        (b"short", "must be text of at least 32 bytes"),
        (b"\xff" * 40, "must hold UTF-8 text"),
        (b"x" * 70_000, "is larger than a secret may be, 64 KiB"),
    ],
)
def test_a_bad_secret_file_is_named_without_what_it_holds(
    tmp_path: Path, content: bytes | None, problem: str
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    found = the_problem(PULSE_AUTH_SECRET_FILE=str(path))
    assert str(path) in found
    assert re.search(problem, found)
    assert "short (" not in found


def test_a_secret_s_length_is_counted_in_bytes() -> None:
    assert load_settings(None, {"PULSE_AUTH_SECRET": "ä" * 16}).auth.secret == "ä" * 16
    assert "at least 32 bytes" in the_problem(PULSE_AUTH_SECRET="a" * 31)
