"""TLS and WebSocket with a real mosquitto: who trusts whom, and how distrust is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.embedded.ports import find_free, loopback_hosts
from pulse_router.mqtt.options import TlsOptions
from pulse_router.mqtt.transport import open_transport
from tests.support.commands.process import COMMAND, clean_environment
from tests.support.commands.router import SECRET, World
from tests.support.ingest.pressure import assert_all_is_stored_once
from tests.support.mqtt.fleet import Fleet
from tests.support.mqtt.receiver import numbered, options_for, publish, receiver_for
from tests.support.servers.certificates import TestAuthority
from tests.support.servers.tls import (
    Files,
    SecuredBroker,
    encrypted,
    listener_lines,
    secured_broker,
)


@pytest.fixture(scope="module")
def secured() -> Iterator[SecuredBroker]:
    """One broker that wants client certificates, for all tests here."""
    with secured_broker(client_certificates=True) as broker:
        yield broker


async def problem_of(secured: SecuredBroker, **changes: Any) -> str:
    """What the client says of the broker."""
    values = {"port": secured.tls_port, "client_id": "troubled", **changes}
    async with receiver_for(secured.broker, **values) as receiver:
        await receiver.troubled()
    return str(receiver.states[-1])


@pytest.mark.parametrize("transport", ["tcp", "websocket"])
async def test_messages_come_encrypted_when_both_sides_prove_who_they_are(
    secured: SecuredBroker, transport: str
) -> None:
    async with receiver_for(
        secured.broker,
        port=secured.tls_port if transport == "tcp" else secured.websocket_port,
        tls=secured.files.issue("router"),
        transport=transport,
        client_id=transport,
    ) as receiver:
        await receiver.subscribed()
        await publish(secured.broker, [*numbered(0, 500), bytes(300_000)])
        await receiver.got(501)
        assert receiver.payloads == [*numbered(0, 500), bytes(300_000)]
        receiver.client.disconnect()


async def test_a_broker_of_an_unknown_authority_is_not_trusted(secured: SecuredBroker) -> None:
    problem = await problem_of(secured, tls=TlsOptions())
    assert "certificate is not trusted" in problem
    assert "set mqtt.ca_file" in problem


async def test_a_certificate_for_another_name_is_not_trusted(secured: SecuredBroker) -> None:
    tls = secured.files.issue("router")
    problem = await problem_of(secured, tls=tls, host="127.0.0.1")
    assert "certificate is for another name" in problem
    assert "set mqtt.host" in problem


async def test_a_broker_that_wants_a_client_certificate_is_told(secured: SecuredBroker) -> None:
    problem = await problem_of(secured, tls=TlsOptions(ca_file=secured.files.ca_file))
    assert "the broker wants a client certificate; set mqtt.cert_file and mqtt.key_file" in problem


async def test_a_client_certificate_that_the_broker_refuses_is_told(secured: SecuredBroker) -> None:
    stranger = secured.files.issue("stranger", authority=TestAuthority())
    problem = await problem_of(secured, tls=stranger)
    assert "does not trust our client certificate; set mqtt.cert_file" in problem
    problem = await problem_of(secured, tls=secured.files.issue("late", expired=True))
    assert "our client certificate has expired; renew mqtt.cert_file" in problem


async def test_a_broker_whose_certificate_has_expired_is_not_trusted() -> None:
    with secured_broker(expired=True) as secured:
        problem = await problem_of(secured, tls=TlsOptions(ca_file=secured.files.ca_file))
    assert "certificate has expired; renew it, or set this machine's clock" in problem


@pytest.mark.parametrize("transport", ["tcp", "websocket"])
@pytest.mark.parametrize("port", ["plain", "tls", "websocket"])
@pytest.mark.parametrize("with_tls", [True, False])
async def test_a_port_for_something_else_is_told(
    secured: SecuredBroker, transport: str, port: str, with_tls: bool
) -> None:
    ports = {
        "plain": secured.broker.port,
        "tls": secured.tls_port,
        "websocket": secured.websocket_port,
    }
    right = {(True, "tcp"): "tls", (True, "websocket"): "websocket", (False, "tcp"): "plain"}
    if right.get((with_tls, transport)) == port:
        return
    tls = secured.files.issue("router") if with_tls else None
    problem = await problem_of(secured, port=ports[port], transport=transport, tls=tls)
    assert "check mqtt.port" in problem


async def refusal(secured: SecuredBroker, tls: TlsOptions) -> str:
    options = options_for(secured.broker, port=secured.tls_port, tls=tls)
    with pytest.raises(Unavailable) as raised:
        await open_transport(options)
    return str(raised.value)


async def test_files_that_cannot_be_used_are_told(secured: SecuredBroker) -> None:
    files = secured.files
    good, other = files.issue("router"), files.issue("other")
    rubbish = files.write("rubbish.pem", b"rubbish")
    missing = files.folder / "missing.pem"
    for name in ("ca_file", "cert_file", "key_file"):
        problem = await refusal(secured, attrs.evolve(good, **{name: missing}))
        assert problem.startswith(f"mqtt.{name}: cannot read {missing}: no such file")
    problem = await refusal(secured, attrs.evolve(good, ca_file=rubbish))
    assert problem.startswith(f"mqtt.ca_file: {rubbish} holds no certificate")
    for name in ("cert_file", "key_file"):
        problem = await refusal(secured, attrs.evolve(good, **{name: rubbish}))
        assert "there must be a certificate and its key, as PEM, in" in problem
    problem = await refusal(secured, attrs.evolve(good, key_file=None))
    assert problem.endswith(f"as PEM, in {good.cert_file}")
    problem = await refusal(secured, attrs.evolve(good, key_file=other.key_file))
    assert f"the key in {other.key_file} does not belong to {good.cert_file}" in problem


async def test_an_encrypted_key_is_told_instead_of_asking_on_the_terminal(
    secured: SecuredBroker,
) -> None:
    good = secured.files.issue("router")
    key_file = secured.files.write("encrypted.key", encrypted(good, b"passphrase"))
    assert "store it without a passphrase" in await refusal(
        secured, attrs.evolve(good, key_file=key_file)
    )


async def test_a_renewed_certificate_is_used_at_the_next_connection(secured: SecuredBroker) -> None:
    files: Files = secured.files
    tls = files.issue("renewed", expired=True)
    async with receiver_for(
        secured.broker, port=secured.tls_port, tls=tls, client_id="renewed"
    ) as receiver:
        assert "has expired" in await receiver.troubled()
        files.issue("renewed")
        await receiver.subscribed()


@pytest.mark.parametrize("transport", ["tcp", "websocket"])
async def test_the_router_connects_as_its_settings_say(world: World, transport: str) -> None:
    broker = world.broker
    files = Files(broker.folder)
    port = find_free(loopback_hosts())
    broker.configure(*listener_lines(port, files, files.issue("localhost"), transport=transport))
    await trio.to_thread.run_sync(broker.stop)
    await trio.to_thread.run_sync(broker.start)
    ours = files.issue("router")
    world.router.environment |= {
        "PULSE_MQTT_HOST": "localhost",
        "PULSE_MQTT_PORT": str(port),
        "PULSE_MQTT_TLS": "true",
        "PULSE_MQTT_TRANSPORT": transport,
        "PULSE_MQTT_CA_FILE": str(ours.ca_file),
        "PULSE_MQTT_CERT_FILE": str(ours.cert_file),
        "PULSE_MQTT_KEY_FILE": str(ours.key_file),
    }
    await world.router.start_and_wait()
    fleet = Fleet(world)
    await fleet.publish(range(100), per_second=1_000)
    await assert_all_is_stored_once(world, fleet)
    checked = await trio.run_process(
        [*COMMAND, "check", "--connect", "--json"],
        env=clean_environment() | {"PULSE_AUTH_SECRET": SECRET} | world.router.environment,
        capture_stdout=True,
    )
    assert json.loads(checked.stdout)["connections"] == {"database": None, "mqtt": None}
