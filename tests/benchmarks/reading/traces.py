"""What a trace takes among millions of stored messages and receipts of one tenant.

The database is filled as days of work leave it: partitions of messages, receipts put together by
route and hour but for the newest, dead letters, what is pending. Traces are asked of a router.
"""

from __future__ import annotations

import logging
import random
import statistics
import time
from collections.abc import Mapping, Sequence

import click
import httpx2
import structlog

from pulse_router.domain.event_ids import first_id_at
from pulse_router.embedded.ports import find_free
from tests.benchmarks.stage import Stage, Usage, customer_token, open_stage, serving
from tests.support.plain_http import TRUSTS_NOBODY

MOST_MILLISECONDS = 50.0
"""What the slowest in a hundred may take."""
DAYS = 7
ROUTES = 20
"""Every one of them fits each topic; a message is taken by one."""
MERGED = 1_000
"""How many receipts a row holds that was put together."""
FRESH = 20_000
"""How many of the newest are not put together yet."""
BATCH = 46
"""What a settlement writes at 2,300 deliveries a second."""
EVERY_DEAD = 1_000
TENANT = "TENANT1"
CHUNK = 500_000
# An event's id by its number; the delivery's follows the 256 that were decoded with it.
EVENT = "({first}::bigint + (n::bigint * {step} & ~1023::bigint))"
DELIVERY = f"({EVENT} + 512 * 1024)"
AT = "(timestamptz '{begin}' + n * {seconds}::double precision * interval '1 second')"
MESSAGES = f"""
INSERT INTO telemetry
SELECT {EVENT}, {AT}, {AT}, '{TENANT}', 'DEV-' || to_char(n % 100, 'FM00000'), 'SITE-1',
       'telemetry', jsonb_build_object('temperature', n % 1000 / 10.0, 'on', true), NULL
FROM generate_series({{low}}::bigint, {{high}}::bigint) AS n
"""
# A stretch of the numbers is dealt to the routes in turn, so that their rows lie over one another.
RECEIPTS = f"""
INSERT INTO {{table}}
  (tenant_id, route_id, first_event_id, last_event_id, first_delivery_id, last_delivery_id,
   first_settled_at, settled_at, event_ids, delivery_ids, attempts, milliseconds,
   run_settled_at, run_statuses, run_counts, history)
SELECT '{TENANT}', 1 + n % {ROUTES}, min({EVENT}), max({EVENT}), min({DELIVERY}), max({DELIVERY}),
       min({AT}), max({AT}), array_agg({EVENT} ORDER BY n), array_agg({DELIVERY} ORDER BY n),
       array_agg(CASE WHEN n % 100 = 0 THEN 2 ELSE 1 END ORDER BY n),
       array_agg((2 + n * 7 % 90)::integer ORDER BY n),
       ARRAY[max({AT})], ARRAY[204], ARRAY[count(*)::integer],
       jsonb_object_agg({DELIVERY}, '[{{{{"at":"2026-11-30T12:00:00Z","duration_seconds":0.1,'
         '"error":"HTTP 503","status":503}}}}]'::jsonb) FILTER (WHERE n % 100 = 0)
FROM generate_series({{low}}::bigint, {{high}}::bigint) AS n
WHERE n % {EVERY_DEAD} <> 0
GROUP BY n % {ROUTES}, n / ({ROUTES} * {{size}})
"""
LETTERS = f"""
INSERT INTO dead_letter_messages
  (delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic, payload,
   destination_type, destination_config, error_message, attempts, created_at)
SELECT {DELIVERY}, '{TENANT}', 1, 'DEV-00000', {EVENT}, {AT},
       'tenant/{TENANT}/device/DEV-00000/telemetry', '{{{{"metrics":{{{{"temperature":0}}}}}}}}',
       'webhook', '{{{{}}}}', 'HTTP 500', 5, {AT}
FROM generate_series({{low}}::bigint, {{high}}::bigint) AS n WHERE n % {EVERY_DEAD} = 0
"""
PENDING = f"""
INSERT INTO route_deliveries
  (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time, created_at,
   next_attempt_at)
SELECT {DELIVERY} + 1024, '{TENANT}', 2, 'DEV-00001',
       'tenant/{TENANT}/device/DEV-00001/telemetry', '{{{{"metrics":{{{{"temperature":0}}}}}}}}',
       {EVENT}, {AT}, {AT}, now() + interval '1 day'
FROM generate_series({{low}}::bigint, {{high}}::bigint) AS n WHERE n % 50 = 1
"""


def values_of(count: int) -> Mapping[str, object]:
    """What the statements are filled with: the messages lie over the days up to a minute ago."""
    end = time.time() - 60
    begin = end - DAYS * 86_400
    first, last = first_id_at(begin), first_id_at(end)
    return {
        "first": first,
        "step": (last - first) // count,
        "begin": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(begin)),
        "seconds": (end - begin) / count,
    }


def fill(stage: Stage, database: str, count: int) -> Mapping[str, object]:
    """Write so many messages, and what became of them; gives what tells their ids."""

    def run(sql: str, low: int, high: int, **more: object) -> None:
        stage.postgres.psql(database, sql.format(low=low, high=high, **values, **more))

    begin, values = time.monotonic(), values_of(count)
    for back in range(-1, DAYS + 2):
        for made in ("telemetry", "receipts"):
            day = f"(now() AT TIME ZONE 'UTC')::date - {back}"
            stage.postgres.psql(database, f"SELECT {made}_make_partition({day})")
    stage.add_devices(database, 100, tenant=TENANT)
    stage.add_routes(database, ROUTES, "tenant/+/device/+/telemetry", '{"url":"http://localhost"}')
    merged = count - FRESH
    for low in range(0, count, CHUNK):
        high = min(low + CHUNK, count) - 1
        run(MESSAGES, low, high)
        run(LETTERS, low, high)
        if low < merged:
            run(RECEIPTS, low, min(high, merged - 1), table="delivery_receipts", size=MERGED)
    run(RECEIPTS, merged, count - 1, table="receipt_deltas", size=BATCH)
    run(PENDING, merged, count - 1)
    stage.postgres.psql(database, "UPDATE message_routes SET is_enabled = id <> 2")
    stage.postgres.psql(database, "VACUUM (ANALYZE)")
    print(f"  filled in {time.monotonic() - begin:.0f} s", flush=True)
    return values


def ask(
    port: int, values: Mapping[str, object], count: int, asked: int
) -> Mapping[str, list[float]]:
    """Ask for traces of random messages; gives the milliseconds of each by what was asked."""
    dice = random.Random(7)
    first, step = (int(str(values[key])) for key in ("first", "step"))
    taken: dict[str, list[float]] = {}
    headers = {"Authorization": f"Bearer {customer_token()}"}
    url = f"http://127.0.0.1:{port}"
    with httpx2.Client(
        base_url=url, headers=headers, verify=TRUSTS_NOBODY, trust_env=False, timeout=60
    ) as client:
        for _ in range(asked):
            for kind, low, high in (
                ("a message", 0, count - FRESH),
                ("one of the newest", count - FRESH, count),
            ):
                event_id = first + (dice.randrange(low, high) * step & ~1023)
                delivery_id = event_id + 512 * 1024
                for what, path in (
                    (kind, f"/customer/messages/{event_id}/trace"),
                    (f"{kind}, by delivery", f"/customer/deliveries/{delivery_id}/trace"),
                ):
                    begin = time.perf_counter()
                    answer = client.get(path)
                    taken.setdefault(what, []).append((time.perf_counter() - begin) * 1000)
                    if answer.status_code != 200 or '"ended"' not in answer.text:
                        raise SystemExit(f"{path}: {answer.status_code} {answer.text}")
                    outcome = answer.json()["outcome"]
                    if outcome not in {"delivered", "failed", "pending"}:
                        raise SystemExit(f"{path}: {outcome}")
            begin = time.perf_counter()
            answer = client.get(
                f"/customer/messages/{first + dice.randrange(count) * step | 1}/trace"
            )
            taken.setdefault("of nothing", []).append((time.perf_counter() - begin) * 1000)
            assert answer.status_code == 404
    return taken


def run(stage: Stage, *, count: int = 10_000_000, asked: int = 300) -> None:
    """Fill, ask and print; ends the program where a trace takes longer than it may."""
    database, port = stage.create_database(), find_free()
    print(
        f"\nTraces among {count:,} messages and receipts of a tenant, {asked} of each kind, in ms"
    )
    values = fill(stage, database, count)
    with serving(stage, database, port) as router:
        ask(port, values, count, 5)  # the first use of everything
        taken = ask(port, values, count, asked)
        peak = Usage.of(router.pid).peak_megabytes
    slow = [kind for kind, found in taken.items() if _told(kind, found) > MOST_MILLISECONDS]
    print(f"  the router's memory at the most: {peak:.0f} MB")
    stage.drop_database(database)
    if slow:
        raise SystemExit(f"slower than {MOST_MILLISECONDS:.0f} ms: {', '.join(slow)}")


def _told(kind: str, milliseconds: Sequence[float]) -> float:
    p99 = statistics.quantiles(milliseconds, n=100)[98]
    print(
        f"  {kind:32} p50 {statistics.median(milliseconds):6.1f}  p99 {p99:6.1f}"
        f"  slowest {max(milliseconds):6.1f}"
    )
    return p99


@click.command()
@click.option("--count", default=10_000_000, show_default=True, help="Messages, and receipts.")
@click.option("--asked", default=300, show_default=True, help="Traces of each kind.")
def main(count: int, asked: int) -> None:
    """Measure traces on this machine."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with open_stage() as stage:
        run(stage, count=count, asked=asked)


if __name__ == "__main__":
    main()
