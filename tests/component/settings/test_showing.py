"""Settings as operators see them: no secret among them, and where each was given."""

from __future__ import annotations

from pathlib import Path

from pulse_router.domain.insight.system import ShownSetting
from pulse_router.settings import load_settings
from pulse_router.settings.changes import take_over
from pulse_router.settings.showing import shown_settings
from pulse_router.settings.structure import keys
from tests.support.settings import SECRET

FILE = f"""
[auth]
secret = "{SECRET}"
issuer = "https://user:hunter2@issuer.example"
[mqtt]
password_file = "password.txt"
topics = ["tenant/+/device/+/telemetry"]
[delivery]
allow_networks = ["10.0.0.0/8"]
client_certificates = {{plant = {{cert_file = "plant.pem", tenants = ["acme"]}}}}
[limits]
tenants = {{acme = {{devices = 5}}}}
"""


def shown(folder: Path, **environ: str) -> dict[str, ShownSetting]:
    (folder / "password.txt").write_text("hunter2")
    (folder / "plant.pem").write_text("")
    file = folder / "pulse-router.toml"
    file.write_text(FILE)
    return {each.key: each for each in shown_settings(load_settings(file, environ))}


def test_every_setting_is_shown_and_no_secret(tmp_path: Path) -> None:
    found = shown(tmp_path, PULSE_DATABASE_URL="postgresql://iot:hunter2@db/iot")
    assert found.keys() == keys().keys()
    assert SECRET not in str(found)
    assert "hunter2" not in str(found)
    for key, each in found.items():
        assert each.is_secret == keys()[key].is_secret
        assert each.value is None or not each.is_secret
    assert found["auth.secret"].is_set
    assert not found["mqtt.username"].is_set
    assert found["auth.issuer"].value == "https://********@issuer.example"


def test_where_each_was_given_is_told(tmp_path: Path) -> None:
    found = shown(tmp_path, PULSE_MQTT_PORT="1884", MQTT_HOST="broker", PG_HOST="db", PG_DB="iot")
    told = {key: (each.origin, each.source) for key, each in found.items()}
    assert told["auth.secret"] == ("file", str(tmp_path / "pulse-router.toml"))
    assert told["mqtt.password"] == ("secret_file", str(tmp_path / "password.txt"))
    assert told["mqtt.port"] == ("environment", "PULSE_MQTT_PORT")
    assert told["mqtt.host"] == ("environment", "MQTT_HOST")
    assert told["database.url"] == ("environment", "PG_HOST, PG_DB")
    assert told["http.bind"] == ("default", None)


def test_values_are_as_json_has_them(tmp_path: Path) -> None:
    found = {key: each.value for key, each in shown(tmp_path).items()}
    assert found["mqtt.port"] == 1883
    assert found["mqtt.tls"] is False
    assert found["mqtt.topics"] == ["tenant/+/device/+/telemetry"]
    assert found["http.bind"] == "0.0.0.0:8080"
    assert found["delivery.allow_networks"] == ["10.0.0.0/8"]
    certificate = str(tmp_path / "plant.pem")
    assert found["delivery.client_certificates"] == {
        "plant": {"cert_file": certificate, "key_file": None, "tenants": ["acme"]}
    }
    assert found["limits.tenants"] == {"acme": {"devices": 5}}


def test_what_is_taken_over_while_the_router_runs_comes_from_where_it_does_now(
    tmp_path: Path,
) -> None:
    file = tmp_path / "pulse-router.toml"
    file.write_text('[log]\nlevel = "debug"\n[mqtt]\nhost = "a"\n')
    before = load_settings(file, {})
    file.write_text("")
    after = load_settings(file, {"PULSE_MQTT_HOST": "b"})
    found = {it.key: it for it in shown_settings(take_over(before, after, ["log.level"]))}
    assert (found["log.level"].value, found["log.level"].origin) == ("info", "default")
    assert (found["mqtt.host"].value, found["mqtt.host"].origin) == ("a", "file")
