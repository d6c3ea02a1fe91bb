from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from pulse_router.settings import (
    Settings,
    load_settings,
)
from tests.support.settings import problems, the_problem


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pulse-router.toml"


def test_without_any_source_the_contract_s_defaults_hold() -> None:
    settings = load_settings(None, {})
    assert settings == Settings()
    assert (settings.mqtt.host, settings.mqtt.port) == ("localhost", 1883)
    assert settings.mqtt.topics == ("tenant/+/device/+/+",)
    assert settings.database.url == "postgresql://iot@localhost/iotcloud"
    assert str(settings.http.bind) == "0.0.0.0:8080"
    assert (settings.delivery.workers, settings.delivery.timeout_seconds) == (64, 10)
    assert settings.delivery.max_attempts == 5
    assert settings.stream.max_connections_per_tenant == 10
    assert settings.stream.queue_size == 100
    assert settings.ingest.device_rate == settings.ingest.tenant_rate == 0
    assert settings.ingest.max_payload_bytes == 65_536
    assert settings.ingest.max_metrics == 200


def test_environment_beats_file_and_file_beats_default(file: Path) -> None:
    file.write_text('[mqtt]\nhost = "from-file"\nport = 1\n')
    settings = load_settings(file, {"PULSE_MQTT_HOST": "from-environment"})
    assert settings.mqtt.host == "from-environment"
    assert settings.mqtt.port == 1
    assert settings.mqtt.client_id == "pulse-router"


def test_own_variable_beats_the_legacy_name_which_beats_the_file(file: Path) -> None:
    file.write_text('[mqtt]\nhost = "file"\nport = 1\n')
    both = {"PULSE_MQTT_HOST": "own", "MQTT_HOST": "legacy", "MQTT_PORT": "2"}
    settings = load_settings(file, both)
    assert (settings.mqtt.host, settings.mqtt.port) == ("own", 2)


@pytest.mark.parametrize(
    ("name", "value", "section", "key", "expected"),
    [
        ("DATABASE_URL", "postgres://a@b/c", "database", "url", "postgres://a@b/c"),
        ("MQTT_HOST", "broker", "mqtt", "host", "broker"),
        ("MQTT_PORT", "1884", "mqtt", "port", 1884),
        ("MQTT_USERNAME", "me", "mqtt", "username", "me"),
        ("MQTT_PASSWORD", "pw", "mqtt", "password", "pw"),
        ("NATS_URL", "nats://n:4222", "nats", "url", "nats://n:4222"),
        ("DELIVERY_WORKER_COUNT", "3", "delivery", "workers", 3),
        ("WEBHOOK_TIMEOUT_SECONDS", "2.5", "delivery", "timeout_seconds", 2.5),
        ("MAX_STREAM_CONNECTIONS_PER_TENANT", "4", "stream", "max_connections_per_tenant", 4),
        ("STREAM_QUEUE_SIZE", "5", "stream", "queue_size", 5),
        ("WS_POLL_SECONDS", "6", "database", "poll_seconds", 6),
    ],
)
def test_legacy_names_keep_working(
    name: str, value: str, section: str, key: str, expected: object
) -> None:
    settings = load_settings(None, {name: value})
    assert getattr(getattr(settings, section), key) == expected


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({"PG_HOST": "db"}, "postgresql://iot@db:5432/iotcloud"),
        ({"PG_HOST": "::1", "PG_PORT": "5433"}, "postgresql://iot@[::1]:5433/iotcloud"),
        (
            {"PG_DB": "d", "PG_USER": "u@x", "PG_PASS": "p/w:d"},
            "postgresql://u%40x:p%2Fw%3Ad@localhost:5432/d",
        ),
        (
            {"PG_HOST": "/run/postgresql"},
            "postgresql://iot@/iotcloud?host=%2Frun%2Fpostgresql&port=5432",
        ),
        ({"PG_HOST": "db", "DATABASE_URL": "postgresql://x/y"}, "postgresql://x/y"),
        ({"PG_HOST": "db", "PULSE_DATABASE_URL": "postgresql://x/z"}, "postgresql://x/z"),
        ({"PG_HOST": ""}, "postgresql://iot@localhost/iotcloud"),
    ],
)
def test_pg_variables_make_a_url_unless_a_whole_one_is_given(
    environ: dict[str, str], url: str
) -> None:
    assert load_settings(None, environ).database.url == url


def test_lists_are_comma_separated_in_the_environment() -> None:
    settings = load_settings(
        None,
        {
            "PULSE_MQTT_TOPICS": "a/#, b/+",
            "PULSE_DELIVERY_ALLOW_NETWORKS": "10.0.0.0/8,fd00::/8",
            "PULSE_HTTP_CORS_ORIGINS": "",
        },
    )
    assert settings.mqtt.topics == ("a/#", "b/+")
    assert settings.delivery.allow_networks == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    assert settings.http.cors_origins == ()


def test_an_empty_variable_unsets_what_has_no_default(file: Path) -> None:
    file.write_text('[mqtt]\nusername = "me"\n')
    assert load_settings(file, {"PULSE_MQTT_USERNAME": ""}).mqtt.username is None
    assert "PULSE_MQTT_HOST" in the_problem(PULSE_MQTT_HOST="")


@pytest.mark.parametrize("word", ["true", "1", "Yes", "on"])
def test_a_flag_in_the_environment_is_a_yes_in_any_usual_spelling(word: str) -> None:
    assert load_settings(None, {"PULSE_DATABASE_PGBOUNCER": word}).database.pgbouncer is True


def test_every_problem_is_told_at_once_with_key_source_value_and_what_is_allowed(
    file: Path,
) -> None:
    file.write_text('[mqtt]\nport = 70000\nhots = "x"\n[log]\nlevel = "loud"\n')
    found = problems(file, PULSE_DELIVERY_WORKERS="many", PULSE_HTTP_BIND="8080")
    assert found == [
        f"mqtt.hots (in {file}): unknown key; did you mean mqtt.host?",
        f"mqtt.port = 70000 (in {file}): must be a whole number from 1 to 65535",
        (
            "http.bind = '8080' (from PULSE_HTTP_BIND): "
            'must be "host:port", like "0.0.0.0:8080" or "[::]:8080"'
        ),
        (
            "delivery.workers = 'many' (from PULSE_DELIVERY_WORKERS): "
            "must be a whole number of workers from 1 to 4096"
        ),
        (f'log.level = \'loud\' (in {file}): must be "debug" or "info" or "warning" or "error"'),
    ]


def test_a_second_address_for_operations_is_off_unless_it_is_set() -> None:
    assert load_settings(None, {}).http.ops_bind is None
    settings = load_settings(None, {"PULSE_HTTP_OPS_BIND": "[::1]:8081"})
    assert str(settings.http.ops_bind) == "[::1]:8081"
