"""The embedded broker: found again, stopped in good order, and what it keeps for a client."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import trio

from pulse_router.embedded import ports, processes
from pulse_router.embedded.mosquitto import open_mosquitto, profile_path
from tests.support.servers.mosquitto import TestBroker

SESSION = ["-V", "mqttv5", "-q", "1", "-c", "-i", "keeper", "-x", "3600", "-t", "kept/#"]

PARENT = """
import sys, trio
from pathlib import Path
from pulse_router.embedded.mosquitto import open_mosquitto

async def main():
    async with open_mosquitto(Path(sys.argv[1]), port=int(sys.argv[2])) as broker:
        print(broker.process.pid, flush=True)
        await trio.sleep_forever()

trio.run(main)
"""


def autosave_interval() -> int:
    for line in profile_path().read_text().splitlines():
        if line.startswith("autosave_interval"):
            return int(line.split()[1])
    raise AssertionError("the profile sets no autosave_interval")


def subscribe(port: int) -> None:
    """Make a session that lasts, and leave."""
    command = ["mosquitto_sub", "-p", str(port), *SESSION, "-E"]
    subprocess.run(command, check=True, timeout=20)


def publish(port: int, payloads: list[str], *, qos: int = 1) -> None:
    command = ["mosquitto_pub", "-p", str(port), "-q", str(qos), "-t", "kept/it", "-l"]
    subprocess.run(command, input="\n".join(payloads), text=True, check=True, timeout=60)


def fetch(port: int, count: int) -> list[str]:
    """Take up the session, and read so many messages or until nothing more comes."""
    command = ["mosquitto_sub", "-p", str(port), *SESSION, "-C", str(count), "-W", "3"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout.split()


def test_a_session_and_its_queue_survive_a_stop_and_a_start(mosquitto: TestBroker) -> None:
    subscribe(mosquitto.port)
    payloads = [str(number) for number in range(3000)]
    publish(mosquitto.port, payloads)

    mosquitto.stop()
    mosquitto.start()

    assert fetch(mosquitto.port, len(payloads)) == payloads


def test_a_kill_costs_no_more_than_one_autosave_interval(mosquitto: TestBroker) -> None:
    subscribe(mosquitto.port)
    interval = autosave_interval()
    payloads = [str(number) for number in range(interval * 2)]
    publish(mosquitto.port, payloads)

    mosquitto.kill()
    mosquitto.start()

    kept = fetch(mosquitto.port, len(payloads))
    assert kept == payloads[: len(kept)]
    assert len(kept) >= interval


def test_messages_at_qos_0_are_queued_for_a_client_that_is_away(mosquitto: TestBroker) -> None:
    subscribe(mosquitto.port)
    publish(mosquitto.port, ["1", "2", "3"], qos=0)
    assert fetch(mosquitto.port, 3) == ["1", "2", "3"]


@pytest.mark.parametrize("host", [*ports.loopback_hosts(), "localhost"])
def test_every_name_of_this_machine_reaches_it(mosquitto: TestBroker, host: str) -> None:
    command = ["mosquitto_pub", "-h", host, "-p", str(mosquitto.port), "-t", "a", "-m", "b"]
    subprocess.run(command, check=True, timeout=20)


async def test_nothing_runs_when_the_context_is_left(reachable_folder: Path) -> None:
    async with open_mosquitto(reachable_folder, port=ports.find_free()) as broker:
        assert broker.process is not None
        pid = broker.process.pid

    assert processes.command_line(pid) == []
    assert ports.is_free(broker.port, ports.loopback_hosts())


async def test_the_broker_of_a_killed_parent_is_adopted(reachable_folder: Path) -> None:
    port = ports.find_free(ports.loopback_hosts())
    parent = await trio.lowlevel.open_process(
        [sys.executable, "-c", PARENT, str(reachable_folder), str(port)], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.receive_some())
    parent.kill()
    await parent.wait()
    await parent.stdout.aclose()

    async with open_mosquitto(reachable_folder, port=ports.find_free()) as broker:
        assert broker.process is not None
        assert (broker.process.pid, broker.port) == (pid, port)
        assert broker.process.adopted

    assert processes.command_line(pid) == []


async def test_another_process_with_the_noted_pid_is_left_alone(reachable_folder: Path) -> None:
    port = ports.find_free(ports.loopback_hosts())
    async with open_mosquitto(reachable_folder, port=port) as first:
        pid_file = first.pid_file
    stranger = await trio.lowlevel.open_process(["sleep", "1000"])
    await trio.Path(pid_file).write_text(f"{stranger.pid}\n")

    async with open_mosquitto(reachable_folder, port=port) as broker:
        assert broker.process is not None
        assert broker.process.pid != stranger.pid

    assert stranger.poll() is None
    stranger.kill()
    await stranger.wait()
