"""A running router whose only way to an endpoint is a proxy, with a certificate of its own."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import trio
from cryptography import x509

from tests.support.commands.router import World
from tests.support.delivery.endpoints import OK, Received, Stream, open_endpoint
from tests.support.mqtt.fleet import Fleet
from tests.support.servers.connect_proxy import open_connect_proxy
from tests.support.servers.tls import Files
from tests.support.waiting import wait_until

ROUTES = "/api/v1/customer/message-routes"
MESSAGES = 50


async def test_messages_go_through_proxy_and_tls_to_who_asks_for_a_certificate(
    world: World, tmp_path: Path
) -> None:
    files = Files(tmp_path)
    files.issue("line-a")
    context = files.authority.server_context("plant.example")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=files.authority.pem.decode())
    seen: set[str] = set()

    async def answer(stream: Stream, _request: Received) -> None:
        assert isinstance(stream, trio.SSLStream)
        shown = x509.load_der_x509_certificate(stream.getpeercert(binary_form=True))
        seen.add(shown.subject.rfc4514_string())
        await stream.send_all(OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n", 1))

    (tmp_path / "credentials").write_text("router:hushhush\n")
    async with (
        open_endpoint(answer, tls=context) as endpoint,
        open_connect_proxy() as proxy,
    ):
        proxy.names = {"plant.example": "127.0.0.1"}
        certificates = f"line-a={tmp_path}/line-a.pem:{tmp_path}/line-a.key"
        world.router.environment |= {
            "PULSE_DELIVERY_CA_FILE": str(files.ca_file),
            "PULSE_DELIVERY_CLIENT_CERTIFICATES": certificates,
            "PULSE_DELIVERY_PROXY": proxy.url,
            "PULSE_DELIVERY_PROXY_RESOLVES": "true",
            "PULSE_DELIVERY_PROXY_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        }
        await world.router.start_and_wait()
        url = endpoint.url(host="plant.example", scheme="https")
        await create_route(world, {"url": url, "client_certificate": "line-a"})
        await Fleet(world).publish(range(MESSAGES), per_second=500)
        await wait_until(lambda: len(endpoint.requests) >= MESSAGES)
        # The server of the test closes each connection, and gives no reason to attempt again.
        await wait_until(lambda: world.value("SELECT count(*) FROM route_deliveries") == "0")
        assert await trio.to_thread.run_sync(world.router.stop) == 0
    assert len(endpoint.requests) == MESSAGES
    assert seen == {"CN=line-a"}
    assert set(proxy.asked) == {f"plant.example:{endpoint.port}"}
    assert proxy.headers[0]["proxy-authorization"].startswith("Basic ")
    assert "hushhush" not in world.router.text
    assert world.value("SELECT count(*) FROM dead_letter_messages") == "0"


async def create_route(world: World, config: dict[str, Any]) -> None:
    body = {
        "name": "to the plant",
        "topic_filter": "tenant/+/device/+/telemetry",
        "destination_type": "webhook",
        "destination_config": config,
    }
    async with world.router.open_client() as client:
        refused = body | {"destination_config": config | {"client_certificate": "line-b"}}
        told = await client.post(ROUTES, json=refused)
        assert (told.status_code, "must be one of line-a" in told.text) == (422, True)
        made = await client.post(ROUTES, json=body)
        assert made.status_code == 201, made.text
