"""Whatever comes from outside harms itself only: a walk through all of it, in a world that runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import attrs
import httpx2
import msgspec
import pytest
import trio

from tests.support.commands.router import DEVICE_TOKEN, World, make_token
from tests.support.delivery.sink import WebhookSink
from tests.support.hostile.registry import REGISTRY
from tests.support.hostile.ways import ANOTHER_VERSION, CLIENT_ID, Outside
from tests.support.mqtt.publisher import Publisher, open_publisher
from tests.support.streams.sse import EventSource
from tests.support.waiting import wait_until

DUE = """
    SELECT count(*) FROM route_deliveries
    WHERE (route_id = {good} AND next_attempt_at < now()) OR (id = 141 AND attempts = 0)
    """
ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("name", sorted({entry.property for entry in REGISTRY}))
def test_each_value_from_outside_has_a_property_test(name: str) -> None:
    path, _, test = name.partition("::")
    assert re.search(rf"^(async )?def {test}\(", (ROOT / path).read_text(), re.MULTILINE)


@attrs.define
class Life:
    """How the router does, seen from all sides."""

    world: World
    sink: WebhookSink
    publisher: Publisher
    lists: Sequence[str] = ()
    sent: int = 0

    async def find_lists(self) -> None:
        """Learn of every path that can be read without an id, and answers nothing that is asked."""
        answer = self.world.router.get("/openapi.json")
        assert answer is not None
        self.lists = [
            path
            for path, operations in answer.json()["paths"].items()
            if "200" in operations.get("get", {}).get("responses", ())
            and not any(word in path for word in ("{", "stream", "/ws", "/console"))
            and not any(each.get("required") for each in operations["get"].get("parameters", ()))
        ] + [f"/api/v1/customer/devices/DEV-000/{of}" for of in ("telemetry", "gaps")]

    async def check(self, what: str) -> None:
        """It lives, it is ready, a message goes all the way, and every list is shown."""
        assert self.world.router.is_running, f"{what}: {self.world.router.text[-3000:]}"
        await wait_until(lambda: self.world.router.missing == {}, seconds=20)
        await self._deliver(what)
        await self._read_lists(what)
        assert "This is a bug" not in self.world.router.text

    async def _deliver(self, what: str) -> None:
        self.sent += 1
        message = {"provision_token": DEVICE_TOKEN, "metrics": {"number": self.sent}}
        await self.publisher.publish(self.world.topic(0), msgspec.json.encode(message))
        try:
            await wait_until(self._has_come, seconds=20)
        except trio.TooSlowError:
            pytest.fail(f"{what}: a message did not come; {self.world.router.text[-3000:]}")

    def _has_come(self) -> bool:
        wanted = b'"number":%d}' % self.sent
        return any(wanted in request.body for request in self.sink.received)

    async def _read_lists(self, what: str) -> None:
        async with httpx2.AsyncClient(base_url=self.world.router.url, trust_env=False) as client:
            for path in self.lists:
                role = "operator-admin" if "/operator/" in path else "customer_admin"
                headers = {"Authorization": f"Bearer {make_token(role=role)}"}
                answer = await client.get(path, headers=headers)
                told = f"{answer.text} {self.world.router.text[-3000:]}"
                assert answer.status_code == 200, f"{what}: {path}: {told}"

    async def resume(self) -> None:
        """A client that comes again passes all that is stored, and hears what is new."""
        headers = {"Authorization": f"Bearer {make_token()}", "Last-Event-ID": "0"}
        tcp = await trio.open_tcp_stream("127.0.0.1", self.world.router.http_port)
        async with tcp:
            stream = EventSource(tcp)
            await stream.ask("/api/v1/customer/telemetry/stream/sse", headers)
            while (event := await stream.read()) is not None:
                if event.data.get("metrics") == {"number": self.sent}:
                    return
        pytest.fail("the stream ended before what is new")


async def test_whatever_comes_from_outside_harms_itself_only(world: World) -> None:
    sink = WebhookSink()
    sink.start()
    world.router.environment["PULSE_MQTT_CLIENT_ID"] = CLIENT_ID
    world.router.environment["PULSE_INGEST_SEQUENCE_FIELD"] = "t"
    good = world.add_webhook(f"http://127.0.0.1:{sink.port}/good")
    world.rows(
        "UPDATE message_routes SET destination_config = destination_config ||"
        """ '{"format": "cloudevents"}'"""
    )
    failing = world.add_webhook("http://127.0.0.1:9/closed", topic_filter="nothing")
    world.rows(ANOTHER_VERSION)
    await world.router.start_and_wait()
    async with open_publisher(world.broker.port) as publisher:
        life = Life(world, sink, publisher)
        await life.find_lists()
        await life.check("before all")
        outside = Outside(world, publisher, good, failing)
        for entry in REGISTRY:
            await entry.put(outside)
            await life.check(entry.name)
        await life.resume()
        await wait_until(lambda: world.value(DUE.format(good=good)) == "0", seconds=20)
        await trio.to_thread.run_sync(world.router.kill)
        await world.router.start_and_wait()
        await life.check("a start with all of it")
    await trio.to_thread.run_sync(world.router.stop)
    sink.stop()
    assert "Traceback" not in without_told(world.router.text)


def without_told(text: str) -> str:
    """The log without the tracebacks that lines are meant to have."""
    return re.sub(r"^Traceback .*?^\S*Error.*?$", "", text, flags=re.MULTILINE | re.DOTALL)
