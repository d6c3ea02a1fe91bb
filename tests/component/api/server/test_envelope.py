"""The net below all handlers: what an application raises is a problem, and one line in the log."""

from __future__ import annotations

from typing import Any

import msgspec
import trio
from structlog.testing import capture_logs

from pulse_router.api.server.cors import Cors
from pulse_router.api.server.envelope import Envelope
from pulse_router.api.server.problem_body import CONTENT_TYPE, ProblemAnswer

SCOPE: dict[str, Any] = {
    "type": "http",
    "method": "GET",
    "path": "/x",
    "raw_path": b"/x",
    "headers": [],
    "state": {},
}


async def failing(*_: object) -> None:
    await trio.lowlevel.checkpoint()
    raise ExceptionGroup("of a nursery", [ZeroDivisionError("a secret detail")])


async def test_an_application_that_fails_is_told_as_a_problem() -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        await trio.lowlevel.checkpoint()
        sent.append(message)

    envelope = Envelope(failing, cors=Cors([]), access_log="debug")
    with capture_logs() as logged:
        await envelope(dict(SCOPE), trio.lowlevel.checkpoint, send)  # type: ignore[arg-type]  # never received from
    start, body = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    problem = msgspec.json.decode(body["body"], type=ProblemAnswer)
    assert (start["status"], problem.status, problem.instance) == (500, 500, "/x")
    assert headers["content-type"] == CONTENT_TYPE
    assert headers["x-request-id"] == problem.request_id
    assert "secret" not in str(sent)
    assert [entry["log_level"] for entry in logged] == ["error", "debug"]
