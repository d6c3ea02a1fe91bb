"""The commands of docs/cli.md, and of docs/start.md what talks to the API, run as they stand."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import trio

from tests.support.api.server import ROUTE, ApiForTests, make_token
from tests.support.commands.command_line import CommandLine
from tests.support.commands.process import clean_environment
from tests.support.commands.router import SECRET, World
from tests.support.delivery.graveyard import Graveyard
from tests.support.documents import DOCS, examples

COMMAND = re.compile(r"`((?:routes|devices|dead-letters|replay|trace|jobs)\b[^`]*)`")

EXAMPLES: Mapping[str, str] = {
    "routes create FILE": "routes create {file}",
    "routes": "routes",
    "routes show ID": "routes show {route}",
    "routes enable ID…": "routes enable {route} {other_route}",
    "routes disable ID…": "routes disable {route} {other_route}",
    "routes test ID --topic T --payload JSON [--deliver]": (
        "routes test {route} --topic tenant/TENANT1/device/DEV-1/telemetry --payload {{}} --deliver"
    ),
    "routes rotate-secret ID [--overlap-hours 24]": (
        "routes rotate-secret {route} --overlap-hours 24"
    ),
    "devices add ID [--site S]": "devices add DEV-1 --site SITE-1",
    "devices [--status ACTIVE] [--site S] [--search TEXT]": (
        "devices --status ACTIVE --site SITE-1 --search DEV"
    ),
    "devices show ID": "devices show DEV-1",
    "devices rotate-token ID [--overlap-hours 24]": "devices rotate-token DEV-1 --overlap-hours 24",
    "devices revoke ID…": "devices revoke DEV-1 DEV-2",
    "devices reinstate ID…": "devices reinstate DEV-1 DEV-2",
    "devices delete ID… [--yes]": "devices delete DEV-1 DEV-2 --yes",
    "dead-letters [--status FAILED] [--route ID]": "dead-letters --status FAILED --route {route}",
    "dead-letters show ID": "dead-letters show {letters[0]}",
    "replay ID…": "replay {letters[0]} {letters[1]}",
    "replay … --to ID": "replay {orphan} --to {route}",
    "jobs start ACTION [--dry-run]": "jobs start replay --route {route} --dry-run",
    "jobs start ACTION [--wait]": "jobs start discard --error nowhere",
    "jobs [--state RUNNING]": "jobs --state WAITING",
    "jobs show ID": "jobs show 1",
    "jobs pause ID": "jobs pause 1",
    "jobs resume ID": "jobs resume 1",
    "jobs cancel ID": "jobs cancel 1",
    "dead-letters discard ID…": "dead-letters discard {letters[2]} {letters[3]}",
    "trace ID [--kind delivery]": "trace {letters[4]} --kind dead-letter",
    "replay --all [--route ID]": "replay --all --route {route}",
    "dead-letters purge --older-than-days N [--yes]": (
        "dead-letters purge --older-than-days 30 --yes"
    ),
    "routes delete ID… [--yes]": "routes delete {route} {other_route} --yes",
}
"""By how a table writes a command, in an order in which they can be run."""


def documented() -> set[str]:
    """The commands of the tables."""
    rows = [line for line in (DOCS / "cli.md").read_text().splitlines() if line.startswith("| `")]
    return {command for row in rows for command in COMMAND.findall(row.split("|")[1])}


async def test_each_command_of_the_tables_does_what_it_is_there_for(
    api: ApiForTests, command_line: CommandLine, graveyard: Graveyard, tmp_path: Path
) -> None:
    assert documented() == EXAMPLES.keys()
    file = tmp_path / "route.json"
    file.write_text(json.dumps(ROUTE))
    command_line.set({"PULSE_URL": f"http://{api.address}", "PULSE_TOKEN": make_token()})
    made = [(await command_line("routes", "create", file, "--json")).json["id"] for _ in range(2)]
    await command_line("devices", "add", "DEV-2")
    names = {
        "file": file,
        "route": made[0],
        "other_route": made[1],
        "letters": [graveyard.bury(route_id=made[0]) for _ in range(6)],
        "orphan": graveyard.bury(route_id=999),
    }
    for written, example in EXAMPLES.items():
        arguments = example.format(**names).split()
        told = await command_line(*arguments)
        assert (told.status, bool(told.out)) == (0, True), (written, told)


async def run(text: str, **environment: str) -> str:
    done = await trio.run_process(
        ["bash", "-euo", "pipefail", "-c", text],
        env=clean_environment()
        | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **environment},
        capture_stdout=True,
        stderr=subprocess.STDOUT,
    )
    return done.stdout.decode()


async def test_the_scripts_run_as_they_stand_there(
    world: World, graveyard: Graveyard, tmp_path: Path
) -> None:
    access, script = examples("cli.md", "sh")
    assert (access.heading, script.heading) == ("Which router, and who asks", "Scripts")
    await world.router.start_and_wait()
    (tmp_path / ".config").mkdir()
    environment = {"HOME": str(tmp_path), "PULSE_AUTH_SECRET": SECRET}
    given = access.text.replace("https://edge.example:8080", world.router.url)
    assert world.router.url in given
    printed = await run(given + "pulse-router routes", **environment)
    assert printed == "no routes\n"
    for error in ("HTTP 404 Not Found", "HTTP 404 Not Found", "HTTP 500"):
        graveyard.bury(error=error)
    counted = await run(given + script.text, **environment)
    assert [line.split(maxsplit=1) for line in counted.splitlines()] == [
        ["2", '"HTTP 404 Not Found"'],
        ["1", '"HTTP 500"'],
    ]


async def test_the_first_device_is_registered_as_the_start_says(world: World) -> None:
    [register] = [
        each for each in examples("start.md", "sh") if each.heading == "Register a device"
    ]
    world.rows("DELETE FROM devices WHERE device_id = 'DEV-001'")
    await world.router.start_and_wait()
    address = f"127.0.0.1:{world.router.http_port}"
    told = await run(
        register.at(address).replace("curl", "curl --silent"), PULSE_AUTH_SECRET=SECRET
    )
    made = json.loads(told)
    assert (made["device_id"], made["site_id"]) == ("DEV-001", "SITE-1")
    assert made["provision_token"]
