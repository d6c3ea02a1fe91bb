"""schemathesis against a running router: whatever it is sent, it keeps to its description."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import attrs
import httpx2
import msgspec
import requests
import schemathesis
import trio
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.strategies import SearchStrategy, one_of
from schemathesis import Case, GenerationMode, SerializationContext
from schemathesis.checks import CheckFunction
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from tests.support.commands.router import TENANT, World, make_brief_token, make_token

EXAMPLES = int(os.environ.get("PULSE_FUZZ_EXAMPLES", "0"))
"""How many requests for each operation; without it a few, always the same ones."""
FEW = 8
NDJSON = "application/x-ndjson"
EVENTS = "text/event-stream"


@schemathesis.serializer(NDJSON)
def write_lines(_context: SerializationContext, value: object) -> bytes:
    items = value if isinstance(value, list) else [value]
    return b"\n".join(msgspec.json.encode(item) for item in items)


@attrs.frozen
class Conformance:
    """Sends requests of all kinds, and holds the answers against the description.

    `known` has things that exist, by the parameter that names them, so that not all is 404.
    """

    url: str
    known: dict[str, Any]
    session: requests.Session = attrs.field(factory=requests.Session)

    def faults(self) -> list[str]:
        """Give what was found."""
        self.session.trust_env = False
        schema = schemathesis.openapi.from_dict(self._description())
        faults: list[str] = []
        for found in schema.get_all_operations():
            assert isinstance(found, Ok)
            if "x-websocket" not in found.ok().definition.raw:  # that is another protocol
                faults.extend(self._try(found.ok()))
        return faults

    def _description(self) -> dict[str, Any]:
        """The description, where an answer with a field that it does not name is wrong."""
        description: dict[str, Any] = httpx2.get(f"{self.url}/openapi.json").json()
        for schema in description["components"]["schemas"].values():
            if "properties" in schema:
                schema.setdefault("additionalProperties", False)
        for methods in description["paths"].values():
            for operation in methods.values():
                lines = operation.get("requestBody", {"content": {}})["content"].get(NDJSON)
                if lines is not None:  # of the kind that is described, and of others
                    kinds = [lines["x-itemSchema"], {"type": ["object", "array", "string"]}]
                    lines["schema"] = {"type": "array", "items": {"anyOf": kinds}}
                events = operation["responses"].get("200", {}).get("content", {}).get(EVENTS)
                if events is not None:
                    events["schema"] = events["x-itemSchema"]
        return description

    def _try(self, operation: APIOperation[Any, Any, Any, Any]) -> Iterator[str]:
        role = "operator-admin" if "/operator/" in operation.path else "customer_admin"
        # What a filter, a URL or a topic must be is more than JSON Schema can say.
        excluded: list[CheckFunction] = [positive_data_acceptance]
        is_stream = not answers_at_once(operation)
        if is_stream:  # it passes over what is empty in a list
            excluded.append(negative_data_rejection)
        statuses = set()

        def make_fitting_token() -> str:
            # A stream ends with its token.
            return make_brief_token(role, seconds=0.5) if is_stream else make_token(role=role)

        @given(case=one_of(self._cases(operation)))
        @settings(
            max_examples=EXAMPLES or FEW,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def run(case: Case[Any]) -> None:
            assume(can_be_sent(case))
            headers = {"Authorization": f"Bearer {make_fitting_token()}"}
            answer = case.call_and_validate(
                self.url,
                session=self.session,
                headers=headers,
                excluded_checks=excluded,
                timeout=30,
            )
            statuses.add(answer.status_code)

        try:
            run()
        except FailureGroup as group:
            yield f"{operation.label}: {group}"
        if is_stream and 200 not in statuses:
            yield f"{operation.label}: no stream was ever opened, only {statuses}"

    def _cases(
        self, operation: APIOperation[Any, Any, Any, Any]
    ) -> list[SearchStrategy[Case[Any]]]:
        named = {
            p.name: self.known[p.name] for p in operation.path_parameters if p.name in self.known
        }
        has_input = any(operation.iter_parameters()) or len(operation.body) > 0
        is_ndjson = any(body.media_type == NDJSON for body in operation.body)  # faults go by line
        modes = [GenerationMode.POSITIVE]
        if has_input and not is_ndjson:
            modes.append(GenerationMode.NEGATIVE)
        return [
            operation.as_strategy(mode, path_parameters=given_path)
            for mode in modes
            for given_path in ([None, named] if named else [None])
        ]


def answers_at_once(operation: APIOperation[Any, Any, Any, Any]) -> bool:
    """Whether an answer ends by itself; that of a stream does not."""
    return {"queryToken": []} not in operation.definition.raw["security"]


def can_be_sent(case: Case[Any]) -> bool:
    """Whether it arrives as it is meant: what is empty in a query is not sent at all, and a
    transfer coding that no server knows never gets as far as the API.
    """
    sent = all(value not in (None, [], {}) for value in (case.query or {}).values())
    return sent and "transfer-encoding" not in {name.lower() for name in case.headers or {}}


def existing(world: World) -> dict[str, Any]:
    """Things that exist, by the parameter that names them."""

    def add(table: str, **columns: str) -> int:
        values = ", ".join(f"'{value}'" for value in (TENANT, *columns.values()))
        names = ", ".join(("tenant_id", *columns))
        return int(world.value(f"INSERT INTO {table} ({names}) VALUES ({values}) RETURNING id"))

    refused = {"received_at": "now", "topic": "t", "reason": "BAD_JSON", "detail": "d"}
    return {
        "route_id": world.add_webhook("http://127.0.0.1:9/hook"),
        "device_id": "DEV-001",
        "group_id": add("device_groups", name="Pumps"),
        "alert_id": add("alerts", device_id="DEV-002", severity="INFO", title="t", key="k"),
        "message_id": add("rejected_messages", **refused, payload="{"),
    }


async def test_every_answer_is_as_it_is_described(world: World) -> None:
    await world.router.start_and_wait()
    conformance = Conformance(world.router.url, existing(world))
    faults = await trio.to_thread.run_sync(conformance.faults)
    assert not faults, "\n\n".join(faults) + world.router.text
    assert "Traceback" not in world.router.text
