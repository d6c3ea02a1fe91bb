"""`pulse-router trace`, by whatever id somebody holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pulse_router.domain.deliveries import AttemptRecord
from pulse_router.domain.event_ids import first_id_at
from pulse_router.domain.messages import Reason, Rejection
from pulse_router.postgres.database import Database
from tests.support.api.server import ApiForTests
from tests.support.commands.api_commands import make_route, refused
from tests.support.commands.command_line import CommandLine
from tests.support.ingest.outcomes import add_dead_letter, add_rejection
from tests.support.ingest.telemetry import message, store

AT = datetime(2026, 2, 16, 12, tzinfo=UTC)
EVENT = first_id_at(AT.timestamp())
TOPIC = "tenant/TENANT1/device/DEV-001/telemetry"


async def test_each_id_of_a_message_leads_to_its_tree(
    api: ApiForTests, cli: CommandLine, database: Database
) -> None:
    route = await make_route(cli)
    await store(database, [message(EVENT, AT, time=AT - timedelta(seconds=2))])
    record = AttemptRecord(AT, 503, 0.25, "HTTP 503: \x1b[31mbusy", "")
    letter = await add_dead_letter(
        database, EVENT, at=AT, route_id=route, history=[record], payload='{"temperature": 90}'
    )
    delivery = EVENT + (1 << 10)
    told = await cli("trace", EVENT)
    assert told.status == 0, told.err
    assert told.lines == [
        f"{TOPIC}  message {EVENT}",
        "device DEV-001: not registered now",
        "● 2026-02-16T11:59:58Z  sent 2.000 s before it was received, by the device's clock",
        "● 2026-02-16T12:00:00Z  received",
        "● stored, in the transaction of its deliveries",
        f"└─ ✗ Forward high-temp readings (#{route})  given up after 1 attempt: HTTP 503",
        f"     webhook-id {delivery}",
        "     ATTEMPT               STATUS  TOOK",
        "     2026-02-16T12:00:00Z  503     0.250 s  HTTP 503: \N{REPLACEMENT CHARACTER}[31mbusy",
        f"     {told.lines[9].split()[0]}  created by pulse-router token",
        "■ 1 delivery: 1 failed",
    ]
    by_delivery = await cli("trace", delivery)
    assert by_delivery.lines[0] == f"{TOPIC}  delivery {delivery} of message {EVENT}"
    assert by_delivery.lines[1:] == told.lines[1:]
    by_letter = await cli("trace", letter, "--kind", "dead-letter")
    assert by_letter.out == by_delivery.out
    as_json = (await cli("trace", EVENT, "--json")).json
    assert (as_json["outcome"], len(as_json["routes"])) == ("failed", 1)


async def test_a_refused_message_and_a_device_are_told_too(
    api: ApiForTests, cli: CommandLine, database: Database
) -> None:
    refusal = Rejection(AT, "TENANT1", "DEV-001", TOPIC, Reason.BAD_JSON, "not JSON", b"{")
    number = await add_rejection(database, refusal)
    told = await cli("trace", number, "--kind", "rejected-message")
    assert told.lines[-1] == "■ refused, BAD_JSON: not JSON. The rule: a payload is a JSON object"
    await cli("devices", "add", "DEV-001")
    await store(database, [message(EVENT, AT - timedelta(seconds=1))])
    for text in ("DEV-001", TOPIC):
        assert (await cli("trace", text)).lines == [
            f"✗ 2026-02-16T12:00:00Z  {number}  refused, BAD_JSON: not JSON",
            f"● 2026-02-16T11:59:59Z  {EVENT}  telemetry",
        ]


async def test_all_routes_of_a_trace_are_told(
    api: ApiForTests, cli: CommandLine, database: Database
) -> None:
    await store(database, [message(EVENT, AT)])
    for number in range(60):
        await make_route(cli, name=f"R{number}")
    told = (await cli("trace", EVENT, "--json")).json
    assert [route["name"] for route in told["routes"]] == [f"R{number}" for number in range(60)]


async def test_what_cannot_be_told_is_said_in_a_sentence(
    api: ApiForTests, cli: CommandLine, database: Database
) -> None:
    route = await make_route(cli)
    number = await add_rejection(
        database, Rejection(AT, "TENANT1", "D", TOPIC, Reason.EMPTY, "d", b"")
    )
    letter = await add_dead_letter(database, EVENT, at=AT)
    refused(await cli("trace", 10**15), "there is nothing to trace called 1000000000000000")
    refused(await cli("trace", "test_5"), "test of a route, which is kept nowhere")
    refused(await cli("trace", "high-temp"), f"only route {route} (Forward high-temp readings)")
    assert number == letter == 1
    refused(await cli("trace", 1), "--kind dead-letter", status=2)
