from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import cast

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.settings import (
    Bind,
    Settings,
    SettingsError,
    load_settings,
    serve_problems,
    warnings,
)
from pulse_router.settings.fields import PLANNED
from pulse_router.settings.structure import Key, keys
from tests.support.servers.certificates import TestAuthority
from tests.support.settings import SECRET, problems, the_problem

KEY = "A" * 42 + "E="


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pulse-router.toml"


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
        ("ingest", "max_metrics = 0"),
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


def test_values_that_contradict_each_other_are_refused_with_both_sources(file: Path) -> None:
    file.write_text("[ingest]\nmax_payload_bytes = 2000000\n")
    assert the_problem(file) == (
        f"ingest.max_payload_bytes (in {file}) and mqtt.max_packet_bytes (the default): "
        "the broker drops packets above the latter, so a payload must be smaller"
    )


def test_what_cannot_be_done_yet_is_refused_rather_than_ignored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = keys()["mqtt.password"]
    planned = key.attribute.evolve(metadata={**key.attribute.metadata, PLANNED: True})
    known = cast("dict[str, Key]", keys())
    monkeypatch.setitem(known, key.dotted, attrs.evolve(key, attribute=planned))
    problem = the_problem(PULSE_MQTT_PASSWORD=SECRET)
    assert "this version cannot do that yet" in problem
    assert SECRET not in problem


@pytest.mark.parametrize("name", ["CA_FILE", "CERT_FILE", "KEY_FILE"])
def test_a_file_for_tls_without_tls_is_refused_rather_than_ignored(name: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load_settings(None, {f"PULSE_MQTT_{name}": "/a.pem"})
    assert any("set mqtt.tls" in problem for problem in raised.value.problems)


def test_a_key_needs_its_certificate() -> None:
    problem = the_problem(PULSE_MQTT_TLS="true", PULSE_MQTT_KEY_FILE="/a.key")
    assert problem.endswith("set mqtt.cert_file")


def test_serving_needs_a_secret_for_tokens() -> None:
    assert "auth.secret is not set" in serve_problems(Settings())[0]
    assert serve_problems(load_settings(None, {"PULSE_AUTH_SECRET": SECRET})) == []


def test_an_issuer_may_stand_in_place_of_the_secret_when_its_keys_can_be_asked_for() -> None:
    issuer = {"PULSE_AUTH_ISSUER": "https://login.example.com/realms/plant"}
    assert serve_problems(load_settings(None, issuer)) == []
    named = {"PULSE_AUTH_ISSUER": "plant", "PULSE_AUTH_JWKS_URL": "https://login.example.com/keys"}
    assert serve_problems(load_settings(None, named)) == []
    assert serve_problems(load_settings(None, {"PULSE_AUTH_ISSUER": "plant"})) != []


def test_keys_that_anybody_may_issue_tokens_with_are_refused() -> None:
    problem = the_problem(PULSE_AUTH_JWKS_URL="https://login.example.com/keys")
    assert problem.endswith("whoever has a key there could issue tokens; set auth.issuer")
    assert "no use without an issuer" in the_problem(PULSE_AUTH_CA_FILE="/ca.pem")


def test_an_issuer_that_is_taken_too_easily_at_its_word_is_a_warning() -> None:
    careful = {
        "PULSE_AUTH_ISSUER": "https://login.example.com/realms/plant",
        "PULSE_AUTH_AUDIENCE": "pulse-router",
    }
    assert warnings(load_settings(None, careful)) == []
    (risk,) = warnings(load_settings(None, careful | {"PULSE_AUTH_JWKS_URL": "http://a/keys"}))
    assert risk.startswith("auth.jwks_url is not https://")
    del careful["PULSE_AUTH_AUDIENCE"]
    (risk,) = warnings(load_settings(None, careful))
    assert risk.startswith("auth.audience is not set")


def test_a_nats_url_of_an_earlier_installation_is_a_warning_only() -> None:
    assert warnings(Settings()) == []
    assert "NATS" in warnings(load_settings(None, {"NATS_URL": "nats://u:pw@h"}))[0]


def test_a_file_that_cannot_be_read_yet_is_warned_of(tmp_path: Path) -> None:
    there, away = tmp_path / "ca.pem", tmp_path / "key.pem"
    there.touch()
    environ = {
        "PULSE_MQTT_TLS": "1",
        "PULSE_MQTT_CA_FILE": str(there),
        "PULSE_MQTT_CERT_FILE": str(there),
        "PULSE_MQTT_KEY_FILE": str(away),
    }
    assert warnings(load_settings(None, environ)) == [
        f"mqtt.key_file: cannot read {away}: No such file or directory"
    ]


def test_settings_are_immutable() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Settings().mqtt.port = 1  # type: ignore[misc]  # that it is refused is the point
    assert hash(Settings()) == hash(Settings())


def test_bounds_hold_for_settings_made_in_code_too() -> None:
    with pytest.raises(ValueError, match="port must be a whole number from 1 to 65535"):
        attrs.evolve(Settings().mqtt, port=0)


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


@pytest.mark.parametrize(
    "keys_given", ["short", "x" * 44, f"{KEY},", f"{KEY},{KEY[:-4]}", f"{KEY};{KEY}", "=" * 44]
)
def test_a_malformed_encryption_key_is_refused_with_the_way_to_make_one(keys_given: str) -> None:
    problem = the_problem(PULSE_DELIVERY_SECRETS_KEY=keys_given)
    assert problem.startswith("delivery.secrets_key (from PULSE_DELIVERY_SECRETS_KEY): must be")
    assert "openssl rand -base64 32" in problem
    assert keys_given not in problem


@pytest.mark.parametrize("keys_given", [KEY, f"{KEY}, {KEY[::-1][1:]}=", KEY.replace("A", "-")])
def test_encryption_keys_are_base64_of_either_alphabet(keys_given: str) -> None:
    settings = load_settings(None, {"PULSE_DELIVERY_SECRETS_KEY": keys_given})
    assert settings.delivery.secrets_key == keys_given
    assert KEY not in repr(settings)


def test_a_file_without_certificates_is_refused_by_name(tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    empty.write_text("not a certificate")
    for path in (empty, tmp_path / "nowhere.pem", tmp_path):
        problem = the_problem(PULSE_DELIVERY_CA_FILE=str(path))
        assert problem.startswith("delivery.ca_file = ")
        assert str(path) in problem
        assert "PEM" in problem
    empty.write_bytes(TestAuthority().pem)
    assert load_settings(None, {"PULSE_DELIVERY_CA_FILE": str(empty)}).delivery.ca_file == empty


def test_spans_without_what_exports_them_are_a_problem_that_names_the_remedy() -> None:
    settings = load_settings(
        None, {"PULSE_AUTH_SECRET": SECRET, "PULSE_TRACE_OTLP_URL": "http://localhost:4318"}
    )
    assert serve_problems(settings) == []
    script = (
        "import sys; sys.modules['opentelemetry'] = None\n"
        "from pulse_router.settings import load_settings, serve_problems\n"
        f"given = {{'PULSE_AUTH_SECRET': {SECRET!r}, 'PULSE_TRACE_OTLP_URL': 'http://a'}}\n"
        "print(serve_problems(load_settings(None, given)))"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "install pulse-router[otlp]" in said.stdout
    assert said.stdout.count("trace.otlp_url") == 1
