"""What other programs put into the environment never changes or breaks the settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.settings import Settings, load_settings
from pulse_router.settings.legacy import LEGACY_VARIABLES
from pulse_router.settings.links import is_service_link
from pulse_router.settings.structure import keys, sections
from tests.support.settings import the_problem

SERVICES = st.sampled_from(
    ["PULSE_MQTT", "PULSE_DATABASE", "PULSE_HTTP", "PULSE", "MQTT", "PG", "NATS", "PULSE_ROUTER"]
)
PORTS = st.integers(1, 65_535)


@st.composite
def links(draw: st.DrawFn) -> dict[str, str]:
    """What Kubernetes, and Docker's links, set for a service."""
    name, port = draw(SERVICES), draw(PORTS)
    proto = draw(st.sampled_from(["tcp", "udp", "sctp"]))
    url, one = f"{proto}://10.0.0.1:{port}", f"{name}_PORT_{port}_{proto.upper()}"
    return {
        f"{name}_SERVICE_HOST": "10.0.0.1",
        f"{name}_SERVICE_PORT": str(port),
        f"{name}_SERVICE_PORT_MAIN": str(port),
        f"{name}_PORT": url,
        f"{name}_NAME": "/app/it",
        f"{name}_ENV_LANG": "C",
        one: url,
        f"{one}_ADDR": "10.0.0.1",
        f"{one}_PORT": str(port),
        f"{one}_PROTO": proto,
    }


FOREIGN = st.dictionaries(
    st.from_regex(r"PULSE(_[A-Z0-9]{1,8}){1,3}", fullmatch=True).filter(
        lambda name: name.split("_")[1].lower() not in sections() and name != "PULSE_CONFIG"
    ),
    st.text(st.characters(blacklist_characters="\0")),
)
MALFORMED = st.fixed_dictionaries(
    {},
    optional={
        "MQTT_HOST": st.sampled_from(["mqtt://broker:1883", "a b", "x@y", "h:1883", "[::1]:1883"]),
        "MQTT_PORT": st.sampled_from(["tcp://10.0.0.1:1883", "many", "0", "70000", "1883/tcp"]),
        "PG_PORT": st.sampled_from(["tcp://10.0.0.1:5432", "many", "0", "70000"]),
        "PG_HOST": st.sampled_from(["postgres://db", "a b", "x@y", "a/b", "h?x=1"]),
        "DATABASE_URL": st.sampled_from(
            ["mysql://u:p@h/d", "sqlite:///x.db", "postgresql+asyncpg://u@h/d", "h", "{}"]
        ),
        "NATS_URL": st.sampled_from(["http://x", "tcp://10.0.0.1:4222", "nats"]),
        "DELIVERY_WORKER_COUNT": st.sampled_from(["auto", "0", "-1", "1e3"]),
        "WEBHOOK_TIMEOUT_SECONDS": st.sampled_from(["10s", "nan", "-1"]),
    },
)


@given(FOREIGN, links(), MALFORMED)
def test_a_foreign_environment_neither_changes_nor_breaks_settings(
    foreign: dict[str, str], linked: dict[str, str], malformed: dict[str, str]
) -> None:
    assert load_settings(None, {**foreign, **malformed, **linked}) == Settings()


@given(st.dictionaries(st.sampled_from([*LEGACY_VARIABLES, "PG_PORT", "PG_HOST"]), st.text()))
def test_whatever_the_old_names_hold_settings_come_of_it(environ: dict[str, str]) -> None:
    environ = {name: value for name, value in environ.items() if name != "DATABASE_URL"}
    assert isinstance(load_settings(None, environ), Settings)


@given(
    st.dictionaries(
        st.sampled_from(["PG_HOST", "PG_PORT", "PG_DB", "PG_USER", "PG_PASS", "DATABASE_URL"]),
        st.sampled_from(["postgresql://other/db", "postgres://a:b@c/?nonsense", "x", "5432"]),
    )
)
def test_old_names_never_replace_the_database_of_a_file(
    tmp_path_factory: pytest.TempPathFactory, environ: dict[str, str]
) -> None:
    folder = tmp_path_factory.mktemp("settings")
    file = folder / "pulse-router.toml"
    file.write_text('[database]\nurl = "postgresql://file/db"\n')
    assert load_settings(file, environ).database.url == "postgresql://file/db"
    (folder / "url").write_text("postgresql://secret/db\n")
    file.write_text('[database]\nurl_file = "url"\n')
    assert load_settings(file, environ).database.url == "postgresql://secret/db"


@pytest.mark.parametrize(
    "name",
    ["PULSE_SERVER", "PULSE_LOG_COLORS", "PULSE_LOG", "PULSE_MQTTX_HOST", "PULSE_", "PULSE_MQTT_"],
)
def test_what_only_begins_as_ours_is_passed_over(name: str) -> None:
    assert load_settings(None, {name: "x"}) == Settings()


def test_a_misspelling_names_the_key_of_its_section() -> None:
    assert the_problem(PULSE_LOG_LEVLE="debug") == (
        "PULSE_LOG_LEVLE (in the environment): unknown setting; did you mean PULSE_LOG_LEVEL?"
    )
    assert the_problem(PULSE_SHUTDOWN_X="1") == (
        "PULSE_SHUTDOWN_X (in the environment): unknown setting; known are"
        " PULSE_SHUTDOWN_GRACE_SECONDS"
    )


@pytest.mark.parametrize("key", [key.variable for key in keys().values()])
def test_no_setting_is_taken_for_a_link(key: str, tmp_path: Path) -> None:
    assert not is_service_link(key, "1883")
    assert not is_service_link(f"{key}_FILE", str(tmp_path))
