"""A machine with public addresses: webhooks reach neither it nor its neighbours."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from ipaddress import ip_address

import pytest
import trio

from pulse_router.webhook.guard import Place
from pulse_router.webhook.neighbours import ask_system
from tests.support.delivery import public_box
from tests.support.delivery.public_box import OWN_V4, OWN_V6, SETUP

IN_NAMESPACE = ["unshare", "--user", "--map-root-user", "--net", "bash", "-euc"]


def has_namespaces() -> bool:
    """Whether this machine lets us have a network of our own."""
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return False
    tried = subprocess.run([*IN_NAMESPACE, SETUP], capture_output=True, check=False)
    return tried.returncode == 0


pytestmark = pytest.mark.skipif(not has_namespaces(), reason="no network namespaces here")


async def sent_there(*arguments: str) -> dict[str, str]:
    script = f'{SETUP}\nexec "{sys.executable}" -m {public_box.__name__} "$@"'
    with trio.fail_after(60):
        done = await trio.run_process(
            [*IN_NAMESPACE, script, "bash", *arguments], capture_stdout=True
        )
    told: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return told


async def test_the_machine_itself_and_its_neighbours_are_refused_by_any_name() -> None:
    told = await sent_there("hearing")
    own = "this machine's own; the operator can open it by delivery.allow_networks"
    beside = "in a network that this machine is in; the operator can open it by"
    for address in (OWN_V4, OWN_V6, f"::ffff:{OWN_V4}", f"64:ff9b::{OWN_V4}"):
        assert all(own in said for key, said in told.items() if key.endswith(f" {address}")), told
    for address in ("93.184.1.7", "2a00:1::7", "2a00:6::1"):
        assert all(beside in said for key, said in told.items() if key.endswith(f" {address}"))
    assert (told["heard"], told["connected"]) == ("0", "0")


async def test_where_the_system_does_not_say_the_connection_shows_what_is_its_own() -> None:
    told = await sent_there("deaf")
    for address in (OWN_V4, OWN_V6, f"::ffff:{OWN_V4}"):
        said = [said for key, said in told.items() if key.endswith(f" {address}")]
        assert len(said) == 2
        assert all("this machine's own" in each for each in said), told
    assert told["heard"] == "0"
    assert int(told["connected"]) > 0


async def test_what_the_operator_opens_is_open() -> None:
    told = await sent_there("hearing", "93.184.1.0/24", "2a00:1::/64")
    for address in (OWN_V4, OWN_V6, f"::ffff:{OWN_V4}"):
        assert {said for key, said in told.items() if key.endswith(f" {address}")} == {"delivered"}
    assert all("refused" not in said for key, said in told.items() if key.endswith(" 2a00:1::7"))
    assert "in a network that" in told["[2a00:6::1] 2a00:6::1"]


def test_what_a_router_leads_to_is_elsewhere() -> None:
    script = (
        f'{SETUP}\nexec "{sys.executable}" -c "from ipaddress import ip_address;'
        "from pulse_router.webhook.neighbours import ask_system;"
        "print(*(ask_system(ip_address(a)).name for a in"
        "('8.8.8.8', '2606:4700::1', '2a00:5::1', '93.184.1.255')))\""
    )
    told = subprocess.run([*IN_NAMESPACE, script], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["ELSEWHERE", "ELSEWHERE", "ELSEWHERE", "BESIDE"]
    assert ask_system(ip_address("127.0.0.1")) is Place.HERE
