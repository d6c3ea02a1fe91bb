from __future__ import annotations

import re
import tomllib
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.settings import (
    Bind,
    Settings,
    SettingsError,
    find_config,
    load_settings,
    serve_problems,
    warnings,
)
from pulse_router.settings.structure import keys, sections

CONFIG = Path(__file__).parents[2] / "config" / "pulse-router.toml"
SECRET = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pulse-router.toml"


def problems(path: Path | None = None, /, **environ: str) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        load_settings(path, environ)
    return raised.value.problems


def the_problem(path: Path | None = None, /, **environ: str) -> str:
    found = problems(path, **environ)
    assert len(found) == 1, found
    return found[0]


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


@pytest.mark.parametrize(
    ("section", "value"),
    [
        ("mqtt", "port = true"),
        ("mqtt", 'port = "1883"'),
        ("mqtt", "port = 1883.0"),
        ("mqtt", "port = 0"),
        ("mqtt", "host = 5"),
        ("mqtt", 'host = ""'),
        ("mqtt", 'host = "mqtt://broker"'),
        ("mqtt", 'host = { x = "y" }'),
        ("mqtt", 'topics = "a/#"'),
        ("mqtt", "topics = []"),
        ("mqtt", 'topics = ["a/#/b"]'),
        ("mqtt", "topics = [1]"),
        ("mqtt", 'share_group = "a/b"'),
        ("mqtt", 'client_id = "käse"'),
        ("database", 'pgbouncer = "yes"'),
        ("database", "pool_size = 1"),
        ("database", "poll_seconds = inf"),
        ("database", "poll_seconds = nan"),
        ("http", 'bind = "::8080"'),
        ("http", 'bind = "0.0.0.0:99999"'),
        ("http", 'bind = ":8080"'),
        ("http", 'cors_origins = ["example.com"]'),
        ("http", 'cors_origins = ["https://example.com/path"]'),
        ("ingest", "node = 1024"),
        ("delivery", 'allow_networks = ["10.0.0.1/8"]'),
        ("delivery", 'allow_networks = ["localhost"]'),
        ("delivery", "timeout_seconds = 0"),
        ("log", "level = 1"),
        ("log", 'format = "xml"'),
        ("shutdown", 'grace_seconds = "20"'),
    ],
)
def test_a_value_of_the_wrong_type_or_out_of_bounds_is_refused(
    file: Path, section: str, value: str
) -> None:
    file.write_text(f"[{section}]\n{value}\n")
    key = f"{section}.{value.split(maxsplit=1)[0]}"
    assert the_problem(file) == (
        f"{key} = {tomllib.loads(value)[value.split(maxsplit=1)[0]]!r} (in {file}): "
        f"must be {keys()[key].allowed}"
    )


def test_an_unknown_section_variable_or_loose_key_is_refused_with_a_guess(file: Path) -> None:
    file.write_text('port = 1\n[mqqt]\nhost = "x"\n')
    found = problems(file, PULSE_MQTT_HOTS="x")
    assert found[0].startswith(f"port (in {file}): unknown section; known are mqtt, database,")
    assert found[1] == f"mqqt (in {file}): unknown section; did you mean mqtt?"
    assert found[2] == (
        "PULSE_MQTT_HOTS (in the environment): unknown setting; did you mean PULSE_MQTT_HOST?"
    )


def test_a_section_that_is_no_table_is_refused(file: Path) -> None:
    file.write_text("mqtt = 3\n")
    assert the_problem(file) == f"mqtt (in {file}): must be a section, [mqtt], with keys"


def test_a_service_called_pulse_router_does_not_stop_the_router_in_kubernetes() -> None:
    linked = {
        "PULSE_CONFIG": "elsewhere.toml",
        "PULSE_ROUTER_SERVICE_HOST": "10.0.0.1",
        "PULSE_ROUTER_SERVICE_PORT_HTTP": "8080",
        "PULSE_ROUTER_PORT": "tcp://10.0.0.1:8080",
        "PULSE_ROUTER_PORT_8080_TCP_ADDR": "10.0.0.1",
    }
    assert load_settings(None, linked) == Settings()


@pytest.mark.parametrize("content", [b"[mqtt", b'[auth]\nsecret = "hunter2\n', b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_named_without_what_it_holds(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    problem = the_problem(file)
    assert problem.startswith(f"{file}: is not TOML: ")
    assert "hunter2" not in problem


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert the_problem(tmp_path) == f"{tmp_path}: cannot be read: Is a directory"


# Secrets --------------------------------------------------------------------------------------


def test_no_secret_is_shown_by_repr_or_by_an_error(file: Path) -> None:
    file.write_text(
        '[auth]\nsecret = "hunter2"\nsecert = "hunter2"\n'
        '[mqtt]\npassword = ["hunter2"]\n[nats]\nurl = "hunter2"\n'
    )
    found = problems(file, DATABASE_URL="hunter2", PULSE_DATABASE_DIRECT_URL="http://x:hunter2@y")
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
        "delivery.secrets_key",
        "nats.url",
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


# What belongs together ------------------------------------------------------------------------


def test_values_that_contradict_each_other_are_refused_with_both_sources(file: Path) -> None:
    file.write_text("[ingest]\nmax_payload_bytes = 2000000\n")
    assert the_problem(file) == (
        f"ingest.max_payload_bytes (in {file}) and mqtt.max_packet_bytes (the default): "
        "the broker drops packets above the latter, so a payload must be smaller"
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PULSE_MQTT_TLS", "true"),
        ("PULSE_MQTT_TRANSPORT", "websocket"),
        ("PULSE_AUTH_JWKS_URL", "https://issuer.example/jwks"),
        ("PULSE_DELIVERY_SECRETS_KEY", SECRET),
        ("PULSE_INGEST_TENANT_RATE", "5"),
    ],
)
def test_what_cannot_be_done_yet_is_refused_rather_than_ignored(variable: str, value: str) -> None:
    problem = the_problem(**{variable: value})
    assert "this version cannot do that yet" in problem
    assert SECRET not in problem


def test_serving_needs_a_secret_for_tokens() -> None:
    assert "auth.secret is not set" in serve_problems(Settings())[0]
    assert serve_problems(load_settings(None, {"PULSE_AUTH_SECRET": SECRET})) == []


def test_a_nats_url_of_an_earlier_installation_is_a_warning_only() -> None:
    assert warnings(Settings()) == []
    assert "NATS" in warnings(load_settings(None, {"NATS_URL": "nats://u:pw@h"}))[0]


def test_settings_are_immutable() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Settings().mqtt.port = 1  # type: ignore[misc]  # that it is refused is the point
    assert hash(Settings()) == hash(Settings())


def test_bounds_hold_for_settings_made_in_code_too() -> None:
    with pytest.raises(ValueError, match="port must be a whole number from 1 to 65535"):
        attrs.evolve(Settings().mqtt, port=0)


# Where the file is found ----------------------------------------------------------------------


def test_the_file_is_the_named_one_then_the_variable_s_then_the_folder_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named, by_variable = tmp_path / "named.toml", tmp_path / "variable.toml"
    named.touch()
    by_variable.touch()
    monkeypatch.chdir(tmp_path)
    environ = {"PULSE_CONFIG": str(by_variable)}
    assert find_config(named, environ) == named
    assert find_config(None, environ) == by_variable
    Path("pulse-router.toml").touch()
    assert find_config(None, {"PULSE_CONFIG": ""}) == Path("pulse-router.toml")


@pytest.mark.parametrize(
    ("named", "environ", "source"),
    [(Path("/nope.toml"), {}, "--config"), (None, {"PULSE_CONFIG": "/nope.toml"}, "PULSE_CONFIG")],
)
def test_a_named_file_must_exist(named: Path | None, environ: dict[str, str], source: str) -> None:
    with pytest.raises(SettingsError) as raised:
        find_config(named, environ)
    assert raised.value.problems == [f"there is no settings file /nope.toml (named by {source})"]


# The file that explains every key -------------------------------------------------------------


def uncommented() -> dict[str, dict[str, Any]]:
    lines = CONFIG.read_text(encoding="utf-8").splitlines()
    return tomllib.loads("\n".join(re.sub(r"^# ([a-z_]+ = )", r"\1", line) for line in lines))


def test_the_shipped_file_is_valid_as_it_is() -> None:
    assert load_settings(CONFIG, {}) == Settings()


def test_the_shipped_file_explains_every_key_and_no_other() -> None:
    written = {f"{section}.{key}" for section, table in uncommented().items() for key in table}
    assert written == set(keys())
    assert list(uncommented()) == list(sections())


def test_the_shipped_file_shows_the_true_defaults(file: Path) -> None:
    for section, table in uncommented().items():
        for name, value in table.items():
            key = keys()[f"{section}.{name}"]
            if key.attribute.default is None:
                continue
            shown = value if not isinstance(key.attribute.default, Bind) else Bind.parse(value)
            shown = tuple(shown) if isinstance(shown, list) else shown
            assert shown == key.attribute.default, key.dotted


# Addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "bind"),
    [
        ("0.0.0.0:8080", Bind("0.0.0.0", 8080)),
        ("[::]:8080", Bind("::", 8080)),
        ("localhost:0", Bind("localhost", 0)),
        (" box.local:80 ", Bind("box.local", 80)),
    ],
)
def test_an_address_to_listen_on_is_read_and_written(text: str, bind: Bind) -> None:
    assert Bind.parse(text) == bind
    assert str(bind) == text.strip()


@given(st.text())
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    try:
        bind = Bind.parse(text)
    except ValueError:
        return
    assert Bind.parse(str(bind)) == bind


@given(st.dictionaries(st.sampled_from([k.variable for k in keys().values()]), st.text()))
def test_any_environment_is_settings_or_a_settings_error(environ: dict[str, str]) -> None:
    try:
        settings = load_settings(None, environ)
    except SettingsError as error:
        assert error.problems  # noqa: PT017 - the other outcome is as good
    else:
        assert isinstance(settings, Settings)
