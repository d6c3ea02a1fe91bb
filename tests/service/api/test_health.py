"""Health, readiness and metrics, for people and machines, without a token."""

from __future__ import annotations

import attrs
from prometheus_client.parser import text_string_to_metric_families

from pulse_router.api.metrics import Sample
from tests.support.api.server import ApiForTests, make_token


async def test_health_shows_the_figures_and_what_is_wrong(api: ApiForTests) -> None:
    async with api.client(None) as client:
        assert (await client.get("/health")).json()["status"] == "degraded"
        api.readiness.report("mqtt", None)
        api.readiness.report("database", None)
        assert (await client.get("/health")).json() == {
            "status": "ok",
            "delivered": 3,
            "failed": 2,
            "delivery_queue_depth": 7,
            "dead_lettered": 1,
            "mqtt": "ok",
            "database": "ok",
            "nats": "disabled",
            "ledger": {"received": 5, "stored": 5, "balanced": True},
            "oldest_snapshot_seconds": 12.3,
            "tenants_above_limits": 0,
            "upstream": {
                "sessions_lost": 0,
                "estimated_lost": None,
                "broker_dropped": None,
                "gaps": 0,
            },
        }
        api.status.status = attrs.evolve(api.status.status, mqtt="refused")
        answer = await client.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


async def test_ready_names_what_is_missing(api: ApiForTests) -> None:
    async with api.client(None) as client:
        api.readiness.report("database", None)
        missing = await client.get("/ready")
        api.readiness.report("mqtt", None)
        ready = await client.get("/ready")
    assert (missing.status_code, missing.json()["missing"]) == (503, {"mqtt": "starting"})
    assert missing.headers["Content-Type"] == "application/problem+json"
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "missing": {}})


LEAK = 'password authentication failed for user "iot"'


async def test_strangers_learn_which_part_has_a_problem_and_not_which(api: ApiForTests) -> None:
    api.readiness.report("mqtt", None)
    api.readiness.report("database", LEAK)
    api.status.status = attrs.evolve(api.status.status, database=LEAK)
    for token in (None, "no token", make_token("TENANT1", "customer_admin")):
        async with api.client(token) as client:
            ready, health = await client.get("/ready"), await client.get("/health")
        assert LEAK.partition('"')[0] not in ready.text + health.text
        assert (ready.status_code, ready.json()["missing"]) == (503, {"database": "unavailable"})
        assert ready.json()["detail"] == "Not ready: database: unavailable"
        assert (health.json()["status"], health.json()["database"]) == ("degraded", "unavailable")
        assert health.json()["mqtt"] == "ok"


async def test_operators_learn_what_the_problem_is(api: ApiForTests) -> None:
    api.readiness.report("mqtt", None)
    api.readiness.report("database", LEAK)
    api.status.status = attrs.evolve(api.status.status, database=LEAK)
    async with api.client(make_token(None, "operator")) as client:
        ready, health = await client.get("/ready"), await client.get("/health")
    assert ready.json()["missing"] == {"database": LEAK}
    assert health.json()["database"] == LEAK


async def test_metrics_are_what_prometheus_reads(api: ApiForTests) -> None:
    lanes = [
        Sample("pulse_lanes", "gauge", "Lanes by state.", 4, {"state": "open"}),
        Sample("pulse_lanes", "gauge", "Lanes by state.", 1, {"state": "broken"}),
        Sample("pulse_ingest_received_total", "counter", "Messages.", 2**40),
    ]
    api.status.status = attrs.evolve(api.status.status, samples=lanes)
    async with api.client(None) as client:
        answer = await client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert all(name.startswith("pulse_") for name, *_ in found)
    assert found["pulse_ingest_delivery_queue_depth",] == 7
    assert found["pulse_database_oldest_snapshot_seconds",] == 12.34
    assert found["pulse_deliveries_delivered_total",] == 3
    assert found["pulse_stream_connections",] == 0
    assert found["pulse_ready",] == 0
    assert found["pulse_lanes", "open"] == 4
    assert found["pulse_lanes", "broken"] == 1
    assert found["pulse_ingest_received_total",] == 2**40


async def test_the_streams_status_needs_no_token(api: ApiForTests) -> None:
    async with api.client(None) as client, api.stream() as stream:
        await stream.get_message()
        for prefix in ("", "/api/v1"):
            status = (await client.get(f"{prefix}/telemetry/stream/status")).json()
            assert status == {"total_connections": 1, "max_per_tenant": 3}
