"""The commands for dead letters: shown, replayed, discarded and purged."""

from __future__ import annotations

import json

from pulse_router.domain.deliveries import Outcome, Verdict
from tests.support.api.server import ApiForTests
from tests.support.commands.api_commands import make_route, refused
from tests.support.commands.command_line import CommandLine
from tests.support.delivery.graveyard import Graveyard
from tests.support.servers.postgres import PostgresForTests


async def test_dead_letters_are_listed_shown_discarded_and_purged(
    api: ApiForTests, cli: CommandLine, graveyard: Graveyard
) -> None:
    old = graveyard.bury(route_id=1, age_days=40)
    new = graveyard.bury(route_id=2, error="HTTP 500: \x1b]0;owned\x07")
    listed = await cli("dead-letters")
    assert listed.lines[0].split() == [
        *("ID", "CREATED", "STATUS", "ROUTE", "DEVICE", "ATTEMPTS", "ERROR")
    ]
    assert [line.split()[0] for line in listed.lines[1:]] == [str(new), str(old)]
    assert "\x1b" not in listed.out
    one = await cli("dead-letters", "--route", 1, "--status", "failed", "--json")
    assert [letter["id"] for letter in one.json["messages"]] == [old]
    shown = await cli("dead-letters", "show", new)
    assert "temperature" in shown.out
    assert "\x1b" not in shown.out
    assert (await cli("dead-letters", "discard", new)).lines == [f"discarded {new}"]
    refused(await cli("dead-letters", "discard", new), "only a dead letter that is FAILED")
    refused(await cli("dead-letters", "purge"), "Missing option '--older-than-days'", status=2)
    purged = await cli("dead-letters", "purge", "--older-than-days", 30, "--yes")
    assert purged.lines == ["removed 1 dead letters"]


async def test_a_replay_says_how_each_ended_and_fails_when_one_did(
    api: ApiForTests, cli: CommandLine, graveyard: Graveyard
) -> None:
    route_id = await make_route(cli)
    good, gone = graveyard.bury(route_id=route_id), graveyard.bury(route_id=999)
    told = await cli("replay", good, gone, 10**9)
    assert told.status == 1
    assert told.lines[-1] == "replayed 1, failed 0, skipped 2"
    assert told.lines[0].startswith(f"{gone} skipped: its route is gone")
    told = await cli("replay", gone, "--to", route_id)
    assert (told.status, told.out) == (0, "replayed 1, failed 0, skipped 0\n")
    api.destination.outcome = Outcome(Verdict.RETRY, "HTTP 503", status=503)
    bad = graveyard.bury(route_id=route_id)
    told = await cli("replay", bad, "--json")
    assert told.status == 1
    assert told.json == {"id": bad, "status": "FAILED", "error": "HTTP 503"}
    told = await cli("replay", bad, "--to", route_id)
    assert (told.status, told.lines[-1]) == (1, "replayed 0, failed 1, skipped 0")


async def test_all_that_has_failed_is_replayed_in_batches(
    api: ApiForTests,
    cli: CommandLine,
    graveyard: Graveyard,
    postgres_server: PostgresForTests,
    database_name: str,
) -> None:
    route_id = await make_route(cli)
    other = graveyard.bury(route_id=999)
    first = graveyard.bury(route_id=route_id)
    columns = (
        "tenant_id, route_id, device_id, event_id, event_time, original_topic, payload,"
        " destination_type, destination_config, error_message, attempts, status, created_at"
    )
    postgres_server.psql(
        database_name,
        f"INSERT INTO dead_letter_messages (delivery_id, {columns})"
        f" SELECT n, {columns} FROM dead_letter_messages, generate_series(1, 129) AS n"
        f" WHERE id = {first}",
    )
    refusing = Outcome(Verdict.DEAD, "HTTP 400", status=400)
    api.destination.outcome_by_id.update(dict.fromkeys(range(3, 130, 5), refusing))
    told = await cli("replay", "--all", "--route", route_id)
    assert told.status == 1
    assert told.lines[-1] == "replayed 104, failed 26, skipped 0"
    assert told.lines[-2] == "and 6 more; see 'pulse-router dead-letters --status FAILED'"
    assert len(api.destination.got) == 130, "each was tried once"

    api.destination.outcome_by_id.clear()
    told = await cli("replay", "--all", "--status", "FAILED", "--json")
    results = {line["id"]: line["status"] for line in map(json.loads, told.lines)}
    assert told.status == 0, "what is skipped is somebody else's, when all are asked for"
    assert results.pop(other) == "SKIPPED"
    assert len(results) == 26
    assert set(results.values()) == {"REPLAYED"}
