"""How long a tenant's messages take to its webhook, alone and beside one that means no good.

The other tenant has hundreds of routes, to an endpoint that answers every request after 0.3 s, or
to one that never does and may take five minutes for it. Its endpoint is a process of its own.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Mapping
from typing import Final

import attrs

from tests.benchmarks.isolation import medians, percentile
from tests.benchmarks.site import DEVICES, Site, open_endpoint, open_site
from tests.benchmarks.stage import Stage, Usage

RATE: Final = 10.0
WARM_UP_SECONDS: Final = 3.0
LOUD: Final = "LOUD"
TOPIC_FILTER: Final = "tenant/+/device/+/telemetry"


@attrs.frozen
class Attack:
    """What the other tenant does.

    Attributes:
        path: Where its routes lead.
        routes: How many there are.
        messages: How many it publishes at once; each matches every route.
        lead_seconds: How long before the measurement; 0 where it begins in its midst.
    """

    path: str
    routes: int
    messages: int
    lead_seconds: float = 0.0


ATTACKS: Final[Mapping[str, Attack]] = {
    "303 routes of 0.3 s": Attack("later", routes=303, messages=30),
    "800 routes that hang": Attack("hang", routes=800, messages=20, lead_seconds=10.0),
}


def measure(stage: Stage, attack: Attack | None, *, seconds: float) -> Mapping[str, float]:
    """See how long messages at 10/s take to the one route of a tenant, beside another or not."""
    with open_endpoint() as other, open_site(stage) as site:
        site.add_routes(1, TOPIC_FILTER, "plain")
        if attack is not None:
            stage.add_devices(site.database, DEVICES, tenant=LOUD)
            url = f"http://127.0.0.1:{other.port}/{attack.path}"
            config = json.dumps({"url": url, "timeout_seconds": 300})
            stage.add_routes(site.database, attack.routes, TOPIC_FILTER, config, tenant=LOUD)
        with site.router() as process:
            return _measure(site, process.pid, attack, seconds)


def _measure(site: Site, router: int, attack: Attack | None, seconds: float) -> Mapping[str, float]:
    warm_up, count = int(WARM_UP_SECONDS * RATE), int(seconds * RATE)
    site.publish(warm_up, RATE)
    site.endpoint.wait_for(warm_up)
    site.endpoint.latencies()
    attacker = threading.Thread(target=_attack, args=(site, attack))
    attacker.start()
    if attack is not None:
        time.sleep(attack.lead_seconds)
    before = Usage.of(router).cpu_seconds
    site.publish(count, RATE)
    spent = Usage.of(router).cpu_seconds - before
    site.endpoint.wait_for(warm_up + count)
    latencies = site.endpoint.latencies()
    attacker.join()
    pending = site.stage.count(site.database, "route_deliveries")
    if attack is not None and not pending:
        raise SystemExit("the attack was over before the measurement was")
    return {
        "samples": len(latencies),
        "p50": percentile(latencies, 0.5),
        "p99": percentile(latencies, 0.99),
        "worst": max(latencies),
        "core": spent / seconds,
    }


def _attack(site: Site, attack: Attack | None) -> None:
    if attack is not None:
        site.publish(attack.messages, 1000.0, tenant=LOUD)


def run(stage: Stage, *, rounds: int, seconds: float) -> None:
    """Compare a tenant alone and beside each attack, in turns, and print it."""
    scenes: Mapping[str, Attack | None] = {"alone": None, **ATTACKS}
    results: dict[str, list[Mapping[str, float]]] = {name: [] for name in scenes}
    for number in range(rounds):
        for name, attack in scenes.items():
            result = measure(stage, attack, seconds=seconds)
            results[name].append(result)
            print(f"  round {number + 1}, {_words(name, result)}", file=sys.stderr)
    alone = medians(results["alone"])
    for name in scenes:
        result = medians(results[name])
        times = result["p99"] / alone["p99"]
        print(f"  one route at {RATE:.0f}/s, {_words(name, result)} ({times:.2f} times)")


def _words(name: str, result: Mapping[str, float]) -> str:
    beside = name if name == "alone" else f"beside {name}"
    return (
        f"{beside}: p50 {result['p50']:.1f}, p99 {result['p99']:.1f}, worst {result['worst']:.1f}"
        f" ms of {result['samples']:.0f}; {result['core']:.0%} of a core"
    )
