"""What a real mosquitto refuses: said with the remedy, and outlasted until it is mended."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from tests.support.mqtt.receiver import receiver_for, session_of
from tests.support.servers.mosquitto import TestBroker, prepared_broker

USER, PASSWORD = "router", "hunter2-of-the-broker"


def set_password(broker: TestBroker, password: str) -> None:
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords(broker), USER, password], check=True)
    passwords(broker).chmod(0o644)


def passwords(broker: TestBroker) -> Path:
    return broker.folder / "passwords"


async def restart(broker: TestBroker) -> None:
    await trio.to_thread.run_sync(broker.stop)
    await trio.to_thread.run_sync(broker.start)


@pytest.fixture
def strict() -> Iterator[TestBroker]:
    """A broker that knows one user."""
    with prepared_broker() as broker:
        broker.folder.mkdir(exist_ok=True)
        set_password(broker, PASSWORD)
        broker.configure(
            "allow_anonymous false",
            f"password_file {passwords(broker)}",
        )
        broker.start()
        yield broker


async def test_a_wrong_password_is_told_and_the_right_one_used_once_it_is_mended(
    strict: TestBroker,
) -> None:
    set_password(strict, "another")
    await restart(strict)
    async with receiver_for(strict, username=USER, password=PASSWORD) as receiver:
        problem = await receiver.troubled()
        assert "refuses the connection: not authorized" in problem
        assert "check mqtt.username and mqtt.password" in problem
        assert PASSWORD not in problem
        set_password(strict, PASSWORD)
        await restart(strict)
        await receiver.subscribed()
        assert all(PASSWORD not in str(state) for state in receiver.states)


async def test_a_user_that_is_known_is_let_in(strict: TestBroker) -> None:
    async with session_of(strict, username=USER, password=PASSWORD) as receiver:
        assert receiver.states == [None]


async def test_nobody_is_refused_where_users_are_wanted(strict: TestBroker) -> None:
    async with receiver_for(strict) as receiver:
        assert "not authorized" in await receiver.troubled()


# The access list of a file keeps messages back, but grants every subscription; the plugin refuses.
PLUGIN = "mosquitto_dynamic_security.so"


def write_access(broker: TestBroker, *, subscribe: bool) -> Path:
    rights = {
        "publishClientSend": True,
        "publishClientReceive": True,
        "subscribe": subscribe,
        "unsubscribe": True,
    }
    path = broker.folder / "access.json"
    path.write_text(json.dumps({"defaultACLAccess": rights}))
    path.chmod(0o666)
    return path


@pytest.fixture
def choosy() -> Iterator[TestBroker]:
    """A broker that allows no subscription yet."""
    [plugin] = [*Path("/usr/lib").rglob(PLUGIN), *Path("/usr/local/lib").rglob(PLUGIN)]
    with prepared_broker() as broker:
        broker.folder.mkdir(exist_ok=True)
        access = write_access(broker, subscribe=False)
        broker.configure(f"plugin {plugin}", f"plugin_opt_config_file {access}")
        broker.start()
        yield broker


async def test_a_subscription_that_is_not_authorized_is_told_and_had_once_it_is_allowed(
    choosy: TestBroker,
) -> None:
    async with receiver_for(choosy) as receiver:
        problem = await receiver.troubled()
        assert "refuses the subscription to 'tenant/+/device/+/+': not authorized" in problem
        assert "access list" in problem
        write_access(choosy, subscribe=True)
        await restart(choosy)
        await receiver.subscribed()
