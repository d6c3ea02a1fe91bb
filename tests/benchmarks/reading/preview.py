"""What a preview takes, and what it costs ingest at half speed: one after the other, and none."""

from __future__ import annotations

import json
import statistics
import sys
import threading
import time
from contextlib import ExitStack
from typing import Final

import attrs
import httpx2

from pulse_router.embedded.ports import find_free
from tests.benchmarks.api import SOME_ROWS
from tests.benchmarks.ingest import DEVICES, ROUTER
from tests.benchmarks.latency import ANNOUNCE, Listener
from tests.benchmarks.stage import TOKEN, Stage, Usage, customer_token, running, serving
from tests.support.plain_http import TRUSTS_NOBODY

RATE: Final = 12_000
"""Half of what the router stores of one publisher."""
MESSAGES: Final = 10_000
MOST_SECONDS: Final = 1.0
"""What a preview of these may take."""
MOST_FACTOR: Final = 1.5
"""By what factor ingest may be later."""
PATH: Final = "/customer/message-routes/preview"
DRAFT: Final = {
    "name": "Too hot",
    "topic_filter": "tenant/+/device/+/telemetry",
    "destination_type": "webhook",
    "destination_config": {"url": "https://example.com/hook"},
    "payload_filter": {
        "temperature": {"$gt": 80},
        "$or": [{"state": "on"}, {"sent_at": {"$gt": 0}}],
    },
}


@attrs.define
class Asking:
    """Asks for previews, one after the other, in a thread of its own."""

    port: int
    seconds: list[float] = attrs.field(factory=list)
    looked_at: int = 0
    _is_over: threading.Event = attrs.field(factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._ask, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ask for no more, and wait for the last."""
        self._is_over.set()
        assert self._thread is not None
        self._thread.join()

    def _ask(self) -> None:
        headers = {"Authorization": f"Bearer {customer_token()}"}
        base = f"http://127.0.0.1:{self.port}"
        with httpx2.Client(
            base_url=base, headers=headers, verify=TRUSTS_NOBODY, trust_env=False, timeout=60
        ) as client:
            self._is_over.wait(2.0)  # ingest begins
            while not self._is_over.is_set():
                start = time.monotonic()
                answer = client.post(PATH, json={"route": DRAFT, "last": MESSAGES})
                answer.raise_for_status()
                self.seconds.append(time.monotonic() - start)
                result = json.loads(answer.text.splitlines()[-1])["result"]
                if not result["is_complete"]:
                    raise SystemExit(f"a preview was stopped by {result['stopped_by']}")
                self.looked_at = result["looked_at"]


@attrs.frozen
class Run:
    """What was seen in one run."""

    p50: float
    p99: float
    core: float
    previews: list[float]


def measure(stage: Stage, *, seconds: float, with_previews: bool) -> Run:
    """Publish at half speed, with previews beside it or without."""
    database, port = stage.create_database(), find_free()
    ROUTER.prepare(stage, database)
    stage.postgres.psql(database, ANNOUNCE.format(which=SOME_ROWS))
    listener, asking = Listener(stage.admin_url(database)), Asking(port)
    count = int(RATE * seconds)
    steady = ["tests.benchmarks.steady", stage.mosquitto.port, count, DEVICES, TOKEN, RATE]
    with ExitStack() as opened:
        router = opened.enter_context(serving(stage, database, port))
        publisher = opened.enter_context(running(["-m", *map(str, steady)], ready="ready"))
        listener.start()
        if with_previews:
            asking.start()
        before, start = Usage.of(router.pid), time.monotonic()
        assert publisher.stdin is not None
        assert publisher.stdout is not None
        publisher.stdin.write("go\n")
        publisher.stdin.flush()
        publisher.stdout.readline()
        took = time.monotonic() - start
        after = Usage.of(router.pid)
        if with_previews:
            asking.stop()
        time.sleep(1.0)
    stage.drop_database(database)
    if took > 1.1 * seconds:
        print(f"  it took {took:.1f} s to publish what {seconds:g} s should do", file=sys.stderr)
    # The first second looks every device up.
    hundredths = statistics.quantiles(listener.milliseconds[RATE // 10 :], n=100)
    core = (after.cpu_seconds - before.cpu_seconds) / took
    return Run(hundredths[49], hundredths[98], core, asking.seconds)


def run(stage: Stage, *, seconds: float, rounds: int) -> None:
    """Measure without and with previews in turn, and print medians."""
    alone, beside = [], []
    for number in range(rounds):
        alone.append(measure(stage, seconds=seconds, with_previews=False))
        beside.append(measure(stage, seconds=seconds, with_previews=True))
        print(
            f"  round {number + 1}: p99 {alone[-1].p99:.1f} ms alone, {beside[-1].p99:.1f} ms"
            f" beside {len(beside[-1].previews)} previews of"
            f" {statistics.median(beside[-1].previews):.2f} s",
            file=sys.stderr,
        )
    print(
        f"\n{RATE} messages/s for {seconds:g} s, beside previews of {MESSAGES} messages, one after"
        f" the other, medians of {rounds}:\n"
    )
    for name, runs in (("alone", alone), ("beside previews", beside)):
        p50, p99, core = (
            statistics.median(getattr(each, figure) for each in runs)
            for figure in ("p50", "p99", "core")
        )
        print(
            f"  {name:<16} publish to row p50 {p50:.1f} ms, p99 {p99:.1f} ms, {core:.0%} of a core"
        )
    previews = [each for found in beside for each in found.previews]
    factor = statistics.median(b.p99 / a.p99 for a, b in zip(alone, beside, strict=True))
    print(
        f"  a preview takes {statistics.median(previews):.2f} s, at the most {max(previews):.2f};"
        f" it may take {MOST_SECONDS:g}"
    )
    print(f"  p99 {factor:.2f} times as long; it may be {MOST_FACTOR:g}")
