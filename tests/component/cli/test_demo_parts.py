"""What the demo prints and keeps, without anything that runs."""

from __future__ import annotations

import stat
from pathlib import Path

import attrs
import pytest

from pulse_router.cli import demo_folder
from pulse_router.cli.demo_folder import (
    DemoFolder,
    DemoState,
    FolderBroken,
    FolderBusy,
    default_folder,
)
from pulse_router.cli.demo_text import LINES_PER_SECOND, Console, Welcome
from pulse_router.embedded.simulator import SimulatedDevice

DEVICE = SimulatedDevice("TENANT1", "DEV-001", "SITE-1", "the-device-token")


class Screen:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.time = 100.0
        self.console = Console(self.lines.append, lambda: self.time)


def test_what_the_sink_gets_before_work_begins_is_shown_after_it() -> None:
    screen = Screen()
    screen.console.tell("early")
    screen.console.say("ready")
    screen.console.begin()
    screen.console.tell("late")
    assert screen.lines == ["ready", "early", "late"]


def test_a_flood_is_cut_short_and_what_was_left_out_is_counted() -> None:
    screen = Screen()
    screen.console.begin()
    for number in range(LINES_PER_SECOND + 7):
        screen.console.tell(str(number))
    screen.time += 1
    screen.console.tell("next")

    shown = [str(number) for number in range(LINES_PER_SECOND)]
    assert screen.lines == [*shown, "… and 7 more", "next"]


def test_the_commands_are_filled_in() -> None:
    welcome = Welcome(
        data=Path("/data"),
        http_port=8081,
        mqtt_port=1884,
        sink_port=9998,
        customer_token="CUSTOMER",
        operator_token="OPERATOR",
        device=DEVICE,
        simulation="20 devices",
    )
    text = welcome.text()
    assert "  console       http://localhost:8081/console#token=CUSTOMER\n" in text
    without = attrs.evolve(welcome, has_console=False).text()
    assert "  console       not built here; `make console` builds it\n" in without
    assert "export TOKEN='CUSTOMER'\nexport OPERATOR_TOKEN='OPERATOR'\n" in text
    assert (
        "curl -X POST http://localhost:8081/customer/message-routes"
        ' -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json"'
        ' -d \'{"name":"Forward high-temp readings",'
        '"topic_filter":"tenant/+/device/+/telemetry","destination_type":"webhook",'
        '"destination_config":{"url":"http://localhost:9998/hook","method":"POST"},'
        '"payload_filter":{"temperature":{"$gt":80}},"is_enabled":true}\'\n'
    ) in text
    assert (
        "mosquitto_pub -h localhost -p 1884 -t tenant/TENANT1/device/DEV-001/telemetry"
        ' -m \'{"ts":"2026-02-16T00:00:00Z","site_id":"SITE-1",'
        '"provision_token":"the-device-token","metrics":{"temperature":90}}\'\n'
    ) in text


def test_nothing_secret_is_in_a_repr() -> None:
    state = DemoState()
    token = state.provision_token("DEV-001")
    shown = repr(state)
    assert token not in shown
    assert state.auth_secret not in shown
    assert state.secrets_key not in shown
    assert state.database_password not in shown


def test_the_state_is_the_same_at_the_next_start(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path)
    state = folder.load()
    state.http_port = 8081
    token = state.provision_token("DEV-001")
    folder.save(state)

    loaded = folder.load()
    assert loaded == state
    assert loaded.provision_token("DEV-001") == token


@pytest.mark.parametrize("content", ["", "[]", "{", '{"http_port": "eight"}', '{"x": {}'])
def test_a_state_that_cannot_be_read_is_an_error_with_the_remedy(
    tmp_path: Path, content: str
) -> None:
    (tmp_path / demo_folder.STATE_NAME).write_text(content)
    with pytest.raises(FolderBroken, match="remove it"):
        DemoFolder(tmp_path).load()


def test_files_with_secrets_are_ours_alone(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path)
    folder.save(DemoState())
    folder.write_settings({"auth": {"secret": "s"}})
    folder.write_commands("commands")
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def enter(folder: DemoFolder) -> None:
    with folder.locked():
        pass


def test_a_second_demo_on_the_folder_is_told_who_is_there(tmp_path: Path) -> None:
    folder = DemoFolder(tmp_path)
    with folder.locked(), pytest.raises(FolderBusy, match=r"process \d+\): stop it, or .* --data"):
        enter(folder)
    enter(folder)


def test_the_default_folder_follows_the_freedesktop_rules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    data = tmp_path / "data"
    assert default_folder({"XDG_DATA_HOME": str(data)}) == data / "pulse-router" / "demo"
    assert default_folder({}) == Path.home() / ".local/share/pulse-router/demo"
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert default_folder({}) == Path("/var/lib/pulse-router/demo")
