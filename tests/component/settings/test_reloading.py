"""Settings that are read again: what is taken over, what needs a restart, what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
import structlog
from structlog.testing import capture_logs

from pulse_router.domain.rate_limit import RateLimits
from pulse_router.settings import Settings, load_settings
from pulse_router.settings.changes import changed_keys, take_over
from pulse_router.settings.live import LiveSettings
from tests.support.settings import SECRET

BASE = f'[auth]\nsecret = "{SECRET}"\n'


@attrs.define
class File:
    path: Path

    def write(self, text: str) -> None:
        self.path.write_text(BASE + text)

    def load(self) -> Settings:
        return load_settings(self.path, {})


@pytest.fixture
def file(tmp_path: Path) -> File:
    made = File(tmp_path / "pulse-router.toml")
    made.write("")
    return made


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    structlog.reset_defaults()
    with capture_logs() as lines:
        yield lines


async def test_what_somebody_follows_is_taken_over_and_the_rest_needs_a_restart(
    file: File, logged: list[Any]
) -> None:
    live = LiveSettings(file.load(), file.load)
    seen: list[str] = []
    live.follow(lambda new: seen.append(new.log.level), "log.level", "log.format")
    file.write('[log]\nlevel = "debug"\n[mqtt]\nhost = "other"\npassword = "hush"\n')
    await live.reload()
    assert seen == ["debug"]
    assert (live.running.log.level, live.running.mqtt.host) == ("debug", "localhost")
    told = {line["event"]: line for line in logged}
    assert told["the settings were read again"]["changed"] == ["log.level"]
    wanted = ["mqtt.host", "mqtt.password"]
    assert told["changed settings need a restart"]["settings"] == wanted
    assert "hush" not in str(logged)
    logged.clear()
    await live.reload()  # what needs a restart still does
    assert logged[1]["settings"] == wanted


@pytest.mark.parametrize("text", ["[log", '[log]\nlevel = "loud"\n', "[auth]\n", None])
async def test_a_broken_file_leaves_what_is_and_says_why(
    file: File, logged: list[Any], text: str | None
) -> None:
    live = LiveSettings(file.load(), file.load)
    before = live.running
    live.follow(lambda _new: pytest.fail("nothing may change"), "log.level")
    if text is None:
        file.path.unlink()
    else:
        file.path.write_text(text)
    await live.reload()
    assert live.running is before
    [line] = logged
    assert line["log_level"] == "error"
    assert "those from before hold" in line["event"]
    assert line["problems"]


async def test_a_folder_that_may_not_be_read_ends_nothing(file: File, logged: list[Any]) -> None:
    def load() -> Settings:
        raise PermissionError(13, "Permission denied")

    await LiveSettings(file.load(), load).reload()
    [line] = logged
    assert line["problems"] == ["they cannot be read: Permission denied"]


async def test_what_cannot_be_taken_over_is_named_and_keeps_nobody_else(
    file: File, logged: list[Any]
) -> None:
    live = LiveSettings(file.load(), file.load)

    def fail(_new: Settings) -> None:
        raise OSError("the file is gone again")

    live.follow(fail, "delivery.republish_prefixes")
    live.follow(lambda _new: None, "log.level")
    file.write('[log]\nlevel = "debug"\n[delivery]\nrepublish_prefixes = ["actions/"]\n')
    await live.reload()
    assert live.running.log.level == "debug"
    assert live.running.delivery.republish_prefixes == ()
    assert logged[0]["settings"] == ["delivery.republish_prefixes"]


def test_settings_are_told_apart_and_taken_over_by_name() -> None:
    old, new = Settings(), load_settings(None, {"PULSE_MQTT_PORT": "1", "PULSE_LOG_LEVEL": "error"})
    assert changed_keys(old, new) == ["mqtt.port", "log.level"]
    assert changed_keys(take_over(old, new, ["log.level"]), new) == ["mqtt.port"]
    assert take_over(old, new, ["log.level", "mqtt.port"]) == new


def test_rates_that_change_begin_anew_and_those_that_do_not_go_on() -> None:
    rates = RateLimits(device_rate=0, tenant_rate=1)
    device = ("TENANT1", "DEV-1")
    assert [rates.take(device, 0.0) for _ in range(3)] == [None, None, "tenant"]
    rates.change(device_rate=0, tenant_rate=1)
    assert rates.take(device, 0.0) == "tenant"
    rates.change(device_rate=1, tenant_rate=0)
    assert [rates.take(device, 0.0) for _ in range(3)] == [None, None, "device"]
    rates.change(device_rate=0, tenant_rate=0)
    assert not rates.are_set
