"""SIGHUP on the real process: what is safe is read again, the rest is named, nothing ends it."""

from __future__ import annotations

import signal
from pathlib import Path

import trio

from tests.support.commands.reloading import Reloadable
from tests.support.commands.router import SECRET
from tests.support.delivery.sink import WebhookSink
from tests.support.mqtt.fleet import Fleet
from tests.support.waiting import wait_until

OTHER_SECRET = "another-secret-of-more-than-32-bytes-in-all"


async def test_what_is_safe_is_read_again_and_the_rest_is_named(reloadable: Reloadable) -> None:
    await reloadable.start()
    router = reloadable.world.router
    route: dict[str, object] = {
        "name": "republish",
        "topic_filter": "tenant/+/device/+/telemetry",
        "destination_type": "mqtt_republish",
        "destination_config": {"topic": "actions/{device_id}"},
    }
    assert reloadable.ask(body=route).status_code == 422
    assert reloadable.ask(OTHER_SECRET).status_code == 401
    assert reloadable.ask().status_code == 200
    reloadable.write(
        '[log]\nlevel = "debug"\nformat = "json"\n'
        '[delivery]\nrepublish_prefixes = ["actions/"]\nallow_networks = ["127.0.0.0/8"]\n'
        "[ingest]\ndevice_rate = 1.0\n[retention]\ntelemetry_days = 3\n",
        secret=OTHER_SECRET,
        mqtt='client_id = "other"\n',
    )
    await reloadable.reload()
    assert reloadable.ask().status_code == 401  # though it had been checked before
    assert reloadable.ask(OTHER_SECRET).status_code == 200
    assert reloadable.ask(OTHER_SECRET, route).status_code == 201
    await wait_until(lambda: '"changed settings need a restart"' in router.text)
    [line] = [line for line in router.text.splitlines() if "need a restart" in line]
    assert '["mqtt.client_id", "retention.telemetry_days"]' in line
    assert SECRET not in router.text
    assert OTHER_SECRET not in router.text
    assert await trio.to_thread.run_sync(router.stop) == 0


async def test_networks_and_rates_hold_from_the_next_message_on(reloadable: Reloadable) -> None:
    world = reloadable.world
    sink = WebhookSink()
    sink.start()
    world.add_webhook(f"http://127.0.0.1:{sink.port}/hook")
    await reloadable.start()
    fleet = Fleet(world)
    await fleet.publish(range(20), per_second=200)
    await wait_until(lambda: world.value("SELECT count(*) FROM dead_letter_messages") == "20")
    assert sink.received == []
    reloadable.write('[delivery]\nallow_networks = ["127.0.0.0/8"]\n[ingest]\ntenant_rate = 1.0\n')
    await reloadable.reload()
    await fleet.publish(range(20, 60), per_second=1_000)
    limited = "SELECT count(*) FROM rejected_messages WHERE reason = 'RATE_LIMITED'"
    await wait_until(lambda: int(world.value(limited)) >= 30)
    await wait_until(lambda: len(sink.received) >= 1)
    reloadable.write('[delivery]\nallow_networks = ["127.0.0.0/8"]\n')
    await reloadable.reload()
    await fleet.publish(range(60, 100), per_second=1_000)
    await wait_until(lambda: numbers_in(sink) >= set(range(60, 100)))
    assert await trio.to_thread.run_sync(world.router.stop) == 0
    sink.stop()


def numbers_in(sink: WebhookSink) -> set[int]:
    return {request.json()["metrics"]["number"] for request in sink.received}


async def test_a_broken_file_keeps_what_is_and_says_why(reloadable: Reloadable) -> None:
    await reloadable.start()
    reloadable.path.write_text("[mqtt\n")
    await reloadable.reload("those from before hold")
    assert "is not TOML" in reloadable.world.router.text
    assert reloadable.ask().status_code == 200
    reloadable.path.unlink()
    await reloadable.reload("those from before hold")
    reloadable.write()
    await reloadable.reload()
    assert reloadable.ask().status_code == 200
    assert await trio.to_thread.run_sync(reloadable.world.router.stop) == 0


async def test_hang_ups_never_end_it_from_its_start_to_its_stop(reloadable: Reloadable) -> None:
    router = reloadable.world.router
    reloadable.world.broker.stop()
    router.launch("serve", "--config", str(reloadable.path))
    process = router.process
    assert process is not None
    # From when its code runs; before that nobody can know of it.
    await wait_until(lambda: handles(router.pid, signal.SIGHUP))
    for _ in range(100):
        process.send_signal(signal.SIGHUP)
        await trio.sleep(0.02)
    await router.wait_until_missing("mqtt")
    process.send_signal(signal.SIGTERM)
    while process.poll() is None:
        process.send_signal(signal.SIGHUP)
        await trio.sleep(0.01)
    assert await trio.to_thread.run_sync(router.wait) == 0
    reloadable.world.broker.start()


def handles(pid: int, number: signal.Signals) -> bool:
    """Tell whether a process catches or ignores a signal."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    masks = [int(line.split()[1], 16) for line in lines if line.startswith(("SigIgn", "SigCgt"))]
    return any(mask >> (number - 1) & 1 for mask in masks)
