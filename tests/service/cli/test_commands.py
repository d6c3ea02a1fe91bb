from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from pulse_router import __version__
from tests.support.commands.runs import PROGRAM, SECRET, Run
from tests.support.servers.postgres import PostgresForTests


def claims(token: str) -> dict[str, object]:
    return dict(jwt.decode(token, OctKey.import_key(SECRET)).claims)


def test_help_and_version_are_told_on_standard_output(run: Run) -> None:
    assert run("--version").stdout == f"pulse-router {__version__}\n"
    told = run("--help")
    assert told.returncode == 0
    api = ["tail", "routes", "devices", "dead-letters", "replay", "jobs"]
    for command in ["demo", "serve", "token", "console", "check", "migrate", *api]:
        assert f"\n  {command} " in told.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nope"], "No such command 'nope'"),
        (["serve", "--nope"], "No such option"),
        (["token", "--role", "customer"], "the role customer needs --tenant"),
        (["token", "--role", "operator", "--role", "customer"], "the role customer needs --tenant"),
        (
            ["token", "--tenant", "", "--role", "operator"],
            "--tenant '' must be 1 to 128",
        ),
        (["token", "--tenant", "a b", "--role", "customer"], "--tenant 'a b' must be 1 to 128"),
        (
            ["token", "--role", "operator", "--expires", f"{'9' * 400}d"],
            "is too long; 36500d is the longest",
        ),
        (["token", "--tenant", "T"], "Missing option '--role'"),
        (["token", "--tenant", "T", "--role", "king"], "'king' is not one of"),
        (
            ["token", "--tenant", "T", "--role", "customer", "--expires", "soon"],
            "'soon' is no duration; write 30m, 12h, 7d or 1h30m",
        ),
        (
            ["token", "--tenant", "T", "--role", "customer", "--config", "a", "--data", "b"],
            "give --config or --data, not both",
        ),
        (["token", "--tenant", "T", "--role", "customer"], "auth.secret is not set"),
        (["token", "--role", "operator", "--data", "nowhere"], "nowhere holds no demo"),
        (["serve"], "auth.secret is not set"),
        (["serve", "--config", "nope.toml"], "there is no settings file nope.toml"),
        (["check", "--config", "nope.toml"], "there is no settings file nope.toml"),
        (["migrate", "--config", "nope.toml"], "there is no settings file nope.toml"),
    ],
)
def test_wrong_usage_is_one_line_on_standard_error_and_status_2(
    run: Run, arguments: list[str], sentence: str
) -> None:
    told = run(*arguments)
    assert told.returncode == 2
    assert told.stdout == ""
    assert sentence in told.stderr
    assert told.stderr.startswith("pulse-router: ")
    assert told.stderr.count("\n") == 1


def test_every_fault_of_the_settings_is_a_line_of_its_own(run: Run) -> None:
    told = run("serve", PULSE_AUTH_SECRET="hunter2", PULSE_MQTT_PORT="x", PULSE_MQTT_NOPE="1")
    assert told.returncode == 2
    assert "hunter2" not in told.stderr
    assert [line.split()[1] for line in told.stderr.splitlines()] == [
        "PULSE_MQTT_NOPE",
        "mqtt.port",
        "auth.secret",
    ]


def test_a_token_is_all_that_is_printed(run: Run) -> None:
    told = run(
        *["token", "--tenant", "T1", "--role", "customer", "--role", "operator"],
        *["--expires", "1h30m"],
        PULSE_AUTH_SECRET=SECRET,
        PULSE_AUTH_ISSUER="me",
        PULSE_AUTH_AUDIENCE="you",
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert len(told.stdout.splitlines()) == 1
    found = claims(told.stdout.strip())
    assert found["tenant_id"] == "T1"
    assert found["realm_access"] == {"roles": ["customer", "operator"]}
    assert (found["iss"], found["aud"]) == ("me", "you")
    assert isinstance(found["exp"], int)
    assert isinstance(found["iat"], int)
    assert found["exp"] - found["iat"] == 5400


def test_an_operator_s_token_needs_no_tenant(run: Run) -> None:
    told = run("token", "--role", "operator-admin", PULSE_AUTH_SECRET=SECRET)
    assert "tenant_id" not in claims(told.stdout.strip())


def test_a_demo_s_token_is_signed_with_the_demo_s_secret_whatever_the_environment_says(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "pulse-router.toml").write_text(f'[auth]\nsecret = "{SECRET}"\n')
    arguments = ["token", "--tenant", "T1", "--role", "customer", "--data", "data"]
    told = run(*arguments, PULSE_AUTH_SECRET="another secret of thirty-two bytes")
    assert claims(told.stdout.strip())["tenant_id"] == "T1"


def test_the_settings_file_of_the_folder_is_found(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pulse-router.toml").write_text(f'[auth]\nsecret = "{SECRET}"\n')
    told = run("token", "--tenant", "T1", "--role", "customer")
    assert claims(told.stdout.strip())["tenant_id"] == "T1"


def test_a_token_is_made_without_loading_the_server(tmp_path: Path) -> None:
    script = (
        "import sys; from pulse_router.cli.main import run;"
        "assert run(['token', '--tenant', 'T', '--role', 'customer']) == 0;"
        "print(*{'trio', 'quart', 'asyncpg', 'hypercorn', 'mqtt5'} & set(sys.modules))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"PULSE_AUTH_SECRET": SECRET},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert told.stdout.splitlines()[1] == ""


def test_a_reader_that_went_away_makes_no_traceback(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        told = subprocess.run(
            [PROGRAM, "token", "--tenant", "T", "--role", "customer"],
            cwd=tmp_path,
            env={"PULSE_AUTH_SECRET": SECRET},
            stdout=write,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(write)
    assert (told.returncode, told.stderr) == (1, "")


def test_migrating_tells_what_it_applied_and_has_nothing_to_do_the_second_time(
    run: Run, postgres_server: PostgresForTests, empty_database: str
) -> None:
    variables = {"PULSE_DATABASE_URL": postgres_server.login_url(empty_database)}
    arguments = ["migrate", "--json", "--url", postgres_server.admin_url(empty_database)]
    first, second = run(*arguments, **variables), run(*arguments, **variables)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert json.loads(first.stdout)["applied"]
    assert json.loads(second.stdout)["applied"] == []
    assert "up to date" in run("migrate", **variables).stdout


def test_migrating_a_server_that_is_not_there_is_one_line_without_the_password(run: Run) -> None:
    told = run("migrate", PULSE_DATABASE_URL="postgresql://iot:hunter2@127.0.0.1:9/x")
    assert told.returncode == 1
    assert told.stdout == ""
    assert told.stderr == (
        "pulse-router: cannot connect to PostgreSQL at 127.0.0.1:9: connection refused; "
        "is it running, and is the database's URL right?\n"
    )


def test_serving_on_a_port_that_is_taken_names_the_address_and_the_way_out(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        told = run("serve", PULSE_AUTH_SECRET=SECRET, PULSE_HTTP_BIND=bind)
    assert told.returncode == 1
    assert told.stderr.splitlines()[-1] == (
        f"pulse-router: cannot listen on {bind} (http.bind): address already in use; "
        "stop what listens there, or set another port"
    )
