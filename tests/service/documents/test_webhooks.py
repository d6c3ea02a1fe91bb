"""What docs/webhooks.md and docs/rules.md tell people to do, held against what the router does."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import attrs
import trio

from pulse_router.domain.deliveries import Outcome, Verdict
from pulse_router.domain.secrets.signing_secrets import SigningSecret, make_secret
from pulse_router.postgres.database import Database
from pulse_router.webhook.guard import NetworkGuard
from pulse_router.webhook.sender import open_webhooks
from tests.support.api.server import ROUTE, ApiForTests, make_token
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import Received, open_endpoint
from tests.support.documents import examples
from tests.support.ingest.telemetry import message, store
from tests.support.servers.node import run_script

NEW, OLD = make_secret(b"n" * 32), "the old one"


async def sent(*, at: float) -> Received:
    """A webhook of a route that has a new secret, and an old one in its overlap."""
    overlap = SigningSecret(OLD, datetime.fromtimestamp(at + 60, UTC))
    guard = NetworkGuard([ip_network("127.0.0.0/8")])
    async with open_endpoint() as endpoint, open_webhooks(guard, clock=lambda: at) as webhooks:
        route = attrs.evolve(make_route(url=endpoint.url()), secrets=(SigningSecret(NEW), overlap))
        await webhooks.deliver(make_delivery(), route, attempt=1)
    return endpoint.requests[0]


async def cases() -> list[tuple[bool, str, dict[str, str], str]]:
    """What is genuine, and what is not: by the wrong secret, changed, or sent again later."""
    webhook, late = await sent(at=time.time()), await sent(at=time.time() - 600)
    body = webhook.body.decode()
    changed = webhook.headers | {"webhook-id": "2"}
    names = [name for name in webhook.headers if name.startswith("webhook-")]
    lacking = [{k: v for k, v in webhook.headers.items() if k != name} for name in names]
    odd = [webhook.headers | {name: "käse ²"} for name in names]
    return [
        (True, NEW, webhook.headers, body),
        (True, OLD, webhook.headers, body),
        (False, "another", webhook.headers, body),
        (False, make_secret(b"x" * 32), webhook.headers, body),
        (False, NEW, webhook.headers, body.replace("90", "10")),
        (False, NEW, changed, body),
        (False, NEW, late.headers, body),
        *((False, NEW, headers, body) for headers in (*lacking, *odd, {})),
    ]


async def test_the_python_of_the_document_tells_what_is_genuine() -> None:
    [example] = examples("webhooks.md", "python")
    defined: dict[str, Any] = {}
    exec(compile(example.text, "webhooks.md", "exec"), defined)
    for expected, secret, headers, body in await cases():
        assert defined["is_genuine"](secret, headers, body.encode()) is expected


async def test_the_javascript_of_the_document_tells_what_is_genuine(tmp_path: Path) -> None:
    [example] = examples("webhooks.md", "javascript")
    found = await cases()
    calls = json.dumps([[secret, headers, body] for _, secret, headers, body in found])
    script = tmp_path / "receiver.js"
    script.write_text(
        f"{example.text}\n"
        f"const calls = {calls};\n"
        "console.log(JSON.stringify(calls.map(([s, h, b]) => isGenuine(s, h, Buffer.from(b)))));\n"
    )
    assert json.loads(await run_script(script)) == [expected for expected, *_ in found]


def resembles(value: Any, told: Any) -> bool:
    """Whether a value is as it is told, where an ellipsis stands for any ending."""
    if isinstance(told, dict):
        return value.keys() == told.keys() and all(resembles(value[k], told[k]) for k in told)
    if told == "…":
        return True
    if isinstance(told, list):
        return len(value) == len(told) and all(map(resembles, value, told))
    if isinstance(told, str) and told.endswith("…"):
        return bool(value.startswith(told.rstrip("…")))
    return bool(value == told)


async def run_example(api: ApiForTests, command: str) -> Any:
    environment = {
        "PATH": os.environ["PATH"],
        "PULSE_URL": f"http://{api.address}",
        "PULSE_TOKEN": make_token(),
    }
    with trio.fail_after(60):
        done = await trio.run_process(
            ["bash", "-euc", command.replace("curl ", "curl -sS ")],
            env=environment,
            capture_stdout=True,
        )
    return json.loads(done.stdout)


async def test_the_requests_of_the_documents_are_answered_as_they_say(
    api: ApiForTests, database: Database
) -> None:
    api.destination.outcome = Outcome(
        Verdict.DELIVERED, status=200, duration_seconds=0.012, response="thanks"
    )
    async with api.client() as client:
        created = (await client.post("/customer/message-routes", json=ROUTE)).json()
        assert created["id"] == 1
        await client.patch(
            "/customer/message-routes/1", json={"destination_config": {"secret": "the old one"}}
        )
    [rotation] = examples("webhooks.md", "bash")
    [shown] = [each for each in examples("webhooks.md", "json") if each.heading == "Secrets"]
    answer, told = await run_example(api, rotation.text), json.loads(shown.text)
    assert answer.keys() == told.keys()
    assert answer["secret"].startswith(told["secret"].rstrip("…"))
    assert len(answer["secrets_expire_at"]) == len(told["secrets_expire_at"])
    assert len(answer["secrets_expire_at"][0]) == len(told["secrets_expire_at"][0])
    at = datetime.now(UTC) - timedelta(hours=1)
    sent = [{"temp": 99}, {"temperature": 74.5}, {"temperature": 79}, {"temperature": 81}]
    await store(
        database,
        [
            message(number, at + timedelta(seconds=number), metrics=json.dumps(metrics))
            for number, metrics in enumerate(sent, start=1)
        ],
    )
    trials = examples("rules.md", "bash")
    headings = {trial.heading for trial in trials}
    answers = [each for each in examples("rules.md", "json") if each.heading in headings]
    for trial, shown in zip(trials, answers, strict=True):
        assert resembles(await run_example(api, trial.text), json.loads(shown.text)), trial.text
