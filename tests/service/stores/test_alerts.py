"""Alerts on a real PostgreSQL: one open of a key and device, announced, each tenant's own."""

from __future__ import annotations

from functools import partial

import trio

from pulse_router.domain.alerts import (
    Alert,
    AlertChange,
    AlertDraft,
    AlertFilter,
    AlertSeverity,
    AlertStatus,
)
from pulse_router.postgres.database import Database
from pulse_router.postgres.listen import listen
from pulse_router.runtime.pages import Wanted
from pulse_router.stores.alerts import PostgresAlertStore
from pulse_router.stores.roles import Role
from tests.support.waiting import wait_until

DRAFT = AlertDraft(
    device_id="DEV-1", severity=AlertSeverity.WARNING, title="Too hot", key="temperature"
)


async def store_with_devices(database: Database) -> PostgresAlertStore:
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute(
            "INSERT INTO devices (tenant_id, device_id) VALUES"
            " ('TENANT1', 'DEV-1'), ('TENANT1', 'DEV-2'), ('TENANT2', 'DEV-1')"
        )
    return PostgresAlertStore(database)


async def test_of_many_that_raise_the_same_at_once_one_opens_it(database: Database) -> None:
    store = await store_with_devices(database)
    raised: list[tuple[Alert, bool]] = []

    async def raise_it() -> None:
        answer = await store.raise_alert("TENANT1", DRAFT)
        assert answer is not None
        raised.append(answer)

    async with trio.open_nursery() as nursery:
        for _ in range(8):
            nursery.start_soon(raise_it)

    assert len({alert.id for alert, _ in raised}) == 1
    assert sorted(is_new for _, is_new in raised) == [False] * 7 + [True]
    page = await store.list_alerts("TENANT1", AlertFilter(), Wanted(limit=10))
    assert page.total == 1


async def test_an_alert_is_announced_whenever_it_changes(
    database: Database, database_url: str
) -> None:
    store = await store_with_devices(database)
    heard: list[str | None] = []

    async def hear(payload: str | None) -> None:
        await trio.lowlevel.checkpoint()
        heard.append(payload)

    async with trio.open_nursery() as nursery:
        gap = partial(hear, None)
        await nursery.start(partial(listen, database_url, "pulse_changes", hear, on_gap=gap))
        await wait_until(lambda: heard == [None])
        raised = await store.raise_alert("TENANT1", DRAFT)
        assert raised is not None
        await wait_until(lambda: len(heard) == 2)
        closed = AlertChange(status=AlertStatus.CLOSED)
        await store.change_alert("TENANT1", raised[0].id, closed)
        await wait_until(lambda: len(heard) == 3)
        # What changes nothing is no news.
        await store.change_alert("TENANT1", raised[0].id, closed)
        assert await store.raise_alert("TENANT2", DRAFT) is not None
        await wait_until(lambda: len(heard) == 4)
        nursery.cancel_scope.cancel()
    assert heard[1] == heard[2] == '{"table" : "alerts", "tenant_id" : "TENANT1"}'
    assert heard[3] == '{"table" : "alerts", "tenant_id" : "TENANT2"}'


async def test_what_is_not_closed_is_open_and_the_newest_come_first(database: Database) -> None:
    store = await store_with_devices(database)
    ids = []
    for key in ("a", "b", "c"):
        draft = AlertDraft(device_id="DEV-2", severity=AlertSeverity.INFO, title=key, key=key)
        raised = await store.raise_alert("TENANT1", draft)
        assert raised is not None
        ids.append(raised[0].id)
    await store.change_alert("TENANT1", ids[0], AlertChange(status=AlertStatus.CLOSED))
    await store.change_alert("TENANT1", ids[1], AlertChange(status=AlertStatus.ACKNOWLEDGED))

    open_alerts = await store.load_open_alerts("TENANT1", limit=100)

    assert [alert.id for alert in open_alerts] == [ids[2], ids[1]]
    assert [alert.id for alert in await store.load_open_alerts("TENANT1", limit=1)] == [ids[2]]
    assert await store.load_open_alerts("TENANT2", limit=100) == []
