"""Every value is cleaned in one place, whatever it came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulse_router.settings import find_config, load_settings
from tests.support.settings import SECRET, problems, the_problem

MARK = "\ufeff"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pulse-router.toml"


def test_a_byte_order_mark_at_the_head_of_a_file_is_no_part_of_it(file: Path) -> None:
    file.write_text(f'{MARK}[mqtt]\r\nhost = "broker"\r\npassword_file = "pw"\r\n')
    (file.parent / "pw").write_text(f"{MARK}hush\r\n")
    settings = load_settings(file, {})
    assert (settings.mqtt.host, settings.mqtt.password) == ("broker", "hush")


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("broker\n", "broker"),
        ("broker\r\n", "broker"),
        (f"{MARK}broker", "broker"),
        ('"mosquitto"', "mosquitto"),
        ("'mosquitto'\n", "mosquitto"),
        ("[::1]", "::1"),
        (' "[fe80::1%eth0]" ', "fe80::1%eth0"),
        ("bröker.local", "bröker.local"),
    ],
)
def test_what_surrounds_a_variable_s_value_is_taken_off(given: str, host: str) -> None:
    assert load_settings(None, {"PULSE_MQTT_HOST": given}).mqtt.host == host
    assert load_settings(None, {"MQTT_HOST": given}).mqtt.host == host


def test_numbers_words_flags_addresses_and_lists_are_cleaned_alike() -> None:
    settings = load_settings(
        None,
        {
            "PULSE_MQTT_PORT": '"1884"\r',
            "PULSE_LOG_LEVEL": "'debug'\n",
            "PULSE_MQTT_TLS": '"yes"\n',
            "PULSE_HTTP_BIND": '"[::]:81"',
            "PULSE_MQTT_TOPICS": '"a/#","b/+"',
            "PULSE_HTTP_CORS_ORIGINS": '"https://a, https://b"\n',
            "PULSE_MQTT_CA_FILE": '"/ca.pem"',
            "PULSE_DATABASE_URL": '"postgresql://u:p@h/d"\n',
        },
    )
    assert (settings.mqtt.port, settings.log.level, settings.mqtt.tls) == (1884, "debug", True)
    assert str(settings.http.bind) == "[::]:81"
    assert settings.mqtt.topics == ("a/#", "b/+")
    assert settings.http.cors_origins == ("https://a", "https://b")
    assert settings.mqtt.ca_file == Path("/ca.pem")
    assert settings.database.url == "postgresql://u:p@h/d"


@pytest.mark.parametrize(
    "host",
    ["broker:1883", "mqtt://broker", "a b", "[::1]:1883", "[broker", 'bro"ker', "a\0b", "::zz"],
)
def test_what_is_no_host_is_named_with_its_source_and_what_is_allowed(
    file: Path, host: str
) -> None:
    problem = the_problem(PULSE_MQTT_HOST=host)
    assert problem.startswith(f"mqtt.host = {host!r} (from PULSE_MQTT_HOST): must be a host name")
    file.write_text("[mqtt]\nhost = '\"mosquitto\"'\n")
    assert "mqtt.host = '\"mosquitto\"' (in " in the_problem(file)


def test_quotes_around_a_secret_are_named_for_they_may_be_its_own(tmp_path: Path) -> None:
    problem = the_problem(PULSE_AUTH_SECRET=f'"{SECRET}"')
    assert problem.startswith("auth.secret (from PULSE_AUTH_SECRET): has quotes around it")
    assert "PULSE_AUTH_SECRET_FILE" in problem
    assert SECRET not in problem
    (tmp_path / "secret").write_text(f'"{SECRET}"\n')
    kept = load_settings(None, {"PULSE_AUTH_SECRET_FILE": str(tmp_path / "secret")}).auth.secret
    assert kept == f'"{SECRET}"'


def test_a_secret_keeps_its_blanks_and_loses_its_end_of_line() -> None:
    assert load_settings(None, {"PULSE_MQTT_PASSWORD": " a b \r\n"}).mqtt.password == " a b "
    assert load_settings(None, {"MQTT_PASSWORD": '"a"'}).mqtt.password == '"a"'


def test_bytes_that_are_no_text_are_named() -> None:
    found = problems(PULSE_MQTT_USERNAME="a\udcff", PULSE_AUTH_SECRET="\udcff" * 40)
    assert found == [
        "mqtt.username (from PULSE_MQTT_USERNAME): must be UTF-8 text",
        "auth.secret (from PULSE_AUTH_SECRET): must be UTF-8 text",
    ]


def test_names_of_files_in_variables_are_cleaned_too(tmp_path: Path, file: Path) -> None:
    file.touch()
    (tmp_path / "pw").write_text("hush")
    assert find_config(None, {"PULSE_CONFIG": f'"{file}"\n'}) == file
    named = {"PULSE_MQTT_PASSWORD_FILE": f'"{tmp_path / "pw"}"\n'}
    assert load_settings(None, named).mqtt.password == "hush"
