"""Settings that are read again: what is taken over, what needs a restart, what is wrong."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import attrs
import pytest
import structlog
import trio
from structlog.testing import capture_logs
from trio.testing import open_stream_to_socket_listener

from pulse_router.domain.rate_limit import RateLimits
from pulse_router.parts.following import follow_webhook_settings
from pulse_router.runtime.tls import ExchangeableContext
from pulse_router.settings import Settings, load_settings
from pulse_router.settings.changes import changed_keys, take_over
from pulse_router.settings.live import LiveSettings
from pulse_router.webhook.guard import NetworkGuard
from tests.support.servers.certificates import TestAuthority
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


async def test_webhooks_follow_networks_and_authorities(file: File, tmp_path: Path) -> None:
    first, second = TestAuthority(), TestAuthority()
    authority = tmp_path / "ca.pem"
    authority.write_bytes(first.pem)
    ca_line = '[delivery]\nca_file = "ca.pem"\n'
    file.write(ca_line)
    live = LiveSettings(file.load(), file.load)
    guard = NetworkGuard()
    context = ExchangeableContext.of(first.client_context())
    follow_webhook_settings(live, guard, context)
    loopback = ip_address("127.0.0.1")
    assert guard.refusal(loopback) is not None
    assert await handshake(context, first)
    assert not await handshake(context, second)
    # The same file, renewed, and another network.
    authority.write_bytes(second.pem)
    file.write(f'{ca_line}allow_networks = ["127.0.0.0/8"]\n')
    await live.reload()
    assert guard.refusal(loopback) is None
    assert await handshake(context, second)
    assert not await handshake(context, first)


async def handshake(context: ssl.SSLContext, authority: TestAuthority) -> bool:
    """Connect to a server that the authority has certified."""
    server_context = authority.server_context("localhost")
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    is_trusted = False
    async with trio.open_nursery() as nursery, listener:

        async def serve() -> None:
            stream = trio.SSLStream(await listener.accept(), server_context, server_side=True)
            with contextlib.suppress(trio.BrokenResourceError):
                await stream.do_handshake()
            await trio.aclose_forcefully(stream)

        nursery.start_soon(serve)
        client = trio.SSLStream(
            await open_stream_to_socket_listener(listener), context, server_hostname="localhost"
        )
        try:
            await client.do_handshake()
            is_trusted = True
        except trio.BrokenResourceError:
            pass
        await trio.aclose_forcefully(client)
    return is_trusted


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
