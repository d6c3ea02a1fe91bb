"""Secrets of routes in the database: who can read them, by which keys, and when they go."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from structlog.testing import capture_logs

from pulse_router.domain.destinations import MASK
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.routes import DestinationType, Route, RouteDraft
from pulse_router.domain.secrets.sealing import Sealer, key_id
from pulse_router.domain.secrets.signing_secrets import SigningSecret
from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role
from pulse_router.stores.routes import upkeep as route_upkeep
from pulse_router.stores.routes.routes import PostgresRouteStore
from tests.support.servers.postgres import PostgresForTests

OLD, NEW = b"o" * 32, b"n" * 32
PLAIN, WITH_OLD, WITH_NEW = Sealer(), Sealer([OLD]), Sealer([NEW])
WITH_BOTH = Sealer([NEW, OLD])
NOW = datetime(2026, 2, 16, 12, tzinfo=UTC)
TENANT = "TENANT1"
HEADERS = {"Authorization": "Bearer hush-header", "X-Team": "hush-team"}
DRAFT = RouteDraft(
    name="a webhook",
    topic_filter="#",
    destination_type=DestinationType.WEBHOOK,
    destination_config={"url": "http://localhost/hook", "headers": HEADERS},
    payload_filter=None,
    is_enabled=True,
    secrets=(
        SigningSecret("hush-new"),
        SigningSecret("hush-old", NOW),
        SigningSecret("hush-older", NOW + timedelta(hours=1)),
    ),
)


@attrs.frozen
class Routes:
    """The routes, as routers with one key or another see them."""

    database: Database
    postgres: PostgresForTests
    name: str

    async def create(self, sealer: Sealer, draft: RouteDraft = DRAFT) -> Route:
        return await PostgresRouteStore(self.database, sealer).create_route(TENANT, draft)

    async def load(self, sealer: Sealer, route: Route) -> Route:
        found = await PostgresRouteStore(self.database, sealer).load_route(TENANT, route.id)
        assert found is not None
        return found

    async def change(self, sealer: Sealer, route: Route, **changes: Any) -> Route:
        def change(before: Route) -> RouteDraft:
            return attrs.evolve(RouteDraft.of(before), **changes)

        store = PostgresRouteStore(self.database, sealer)
        found = await store.change_route(TENANT, route.id, change)
        assert found is not None
        return found

    def stored(self) -> str:
        query = "SELECT secrets, destination_config FROM message_routes ORDER BY id"
        return self.postgres.psql(self.name, query)


@pytest.fixture
def routes(database: Database, postgres_server: PostgresForTests, database_name: str) -> Routes:
    return Routes(database, postgres_server, database_name)


async def test_with_a_key_nothing_readable_is_stored_and_all_of_it_is_read(routes: Routes) -> None:
    created = await routes.create(WITH_NEW)
    assert "hush" not in routes.stored()
    assert "http://localhost/hook" in routes.stored()
    for found in (created, await routes.load(WITH_BOTH, created)):
        assert found.secrets == DRAFT.secrets
        assert found.destination_config == DRAFT.destination_config
        assert found.fault is None
    stored = routes.stored()
    renamed = await routes.change(WITH_NEW, created, name="renamed")
    assert (renamed.name, renamed.secrets) == ("renamed", DRAFT.secrets)
    assert routes.stored() == stored
    changed = await routes.change(WITH_NEW, created, secrets=(SigningSecret("hush-3"),))
    assert changed.secrets == (SigningSecret("hush-3"),)
    assert "hush" not in routes.stored()


async def test_what_was_stored_without_a_key_is_readable_with_one(routes: Routes) -> None:
    created = await routes.create(PLAIN)
    assert routes.stored().count("hush") == 5
    assert await routes.load(WITH_NEW, created) == created


@pytest.mark.parametrize(
    ("sealer", "reason"),
    [
        (WITH_NEW, f"the key {key_id(OLD)}, which is not in delivery.secrets_key"),
        (PLAIN, "delivery.secrets_key, which is not set"),
    ],
)
async def test_without_its_key_a_route_has_a_fault_and_is_changed_only_where_it_can_be_read(
    routes: Routes, sealer: Sealer, reason: str
) -> None:
    created = await routes.create(WITH_OLD)
    found = await routes.load(sealer, created)
    assert found.fault == f"its secrets cannot be read: they are encrypted with {reason}"
    assert found.secrets == ()
    assert found.destination_config["headers"] == dict.fromkeys(HEADERS, MASK)
    before = routes.stored()
    renamed = await routes.change(sealer, created, name="renamed", keeps_destination=True)
    assert (renamed.name, renamed.fault) == ("renamed", found.fault)
    assert routes.stored() == before
    assert (await routes.load(WITH_OLD, created)).secrets == DRAFT.secrets
    config = {"url": "http://localhost/anew"}
    anew = await routes.change(sealer, created, destination_config=config, secrets=())
    assert anew.fault is None


async def test_what_was_copied_to_another_tenants_route_cannot_be_read(routes: Routes) -> None:
    await routes.create(WITH_NEW)
    copied = routes.postgres.psql(
        routes.name,
        """
        INSERT INTO message_routes
          (tenant_id, name, topic_filter, destination_type, destination_config, secrets)
        SELECT 'TENANT2', name, topic_filter, destination_type, destination_config, secrets
        FROM message_routes RETURNING id
        """,
    ).split()[0]
    store = PostgresRouteStore(routes.database, WITH_NEW)
    found = await store.load_route("TENANT2", int(copied))
    assert found is not None
    assert "moved here from another route" in str(found.fault)


async def test_what_somebody_wrote_by_hand_and_wrongly_keeps_the_route_from_sending(
    routes: Routes,
) -> None:
    created = await routes.create(PLAIN)
    for malformed in ('{"secret": "x"}', "[1]", '[{"plain": 1}]'):
        routes.postgres.psql(routes.name, f"UPDATE message_routes SET secrets = '{malformed}'")
        assert "malformed" in str((await routes.load(PLAIN, created)).fault)
        report = await route_upkeep.do_round(routes.database, WITH_NEW, now=NOW)
        assert report == route_upkeep.UpkeepReport(unreadable=[created.id])


async def test_ingest_reads_neither_secrets_nor_headers(routes: Routes) -> None:
    await routes.create(PLAIN)
    for column in ("secrets", "destination_config"):
        with pytest.raises(Unavailable) as refused:
            async with routes.database.transaction(Role.INGEST) as transaction:
                await transaction.fetch(f"SELECT {column} FROM message_routes")
        assert refused.value.sqlstate == "42501"


async def test_secrets_of_a_template_are_stored_like_those_that_sign(routes: Routes) -> None:
    named = {"token": "hush-token", "other": "hush-other"}
    draft = attrs.evolve(DRAFT, template_secrets=named)
    plain, sealed = await routes.create(PLAIN, draft), await routes.create(WITH_OLD, draft)
    for route in (plain, sealed):
        found = await routes.load(WITH_BOTH, route)
        assert (found.secrets, found.template_secrets) == (DRAFT.secrets, named)
        assert "hush-token" not in repr(found)
    renamed = await routes.change(WITH_OLD, sealed, name="renamed")
    assert renamed.template_secrets == named
    early = NOW - timedelta(days=1)
    report = await route_upkeep.do_round(routes.database, WITH_BOTH, now=early)
    assert (report.sealed, report.unreadable) == (2, [])
    assert "hush" not in routes.stored()
    late = await route_upkeep.do_round(routes.database, WITH_BOTH, now=NOW + timedelta(days=1))
    assert late.expired == 2
    for route in (plain, sealed):
        found = await routes.load(WITH_NEW, route)
        assert (found.secrets, found.template_secrets) == (DRAFT.secrets[:1], named)
    fewer = await routes.change(WITH_NEW, plain, template_secrets={"other": "hush-other"})
    assert fewer.template_secrets == {"other": "hush-other"}
    lost = await routes.load(WITH_OLD, plain)
    assert (lost.template_secrets, lost.fault is None) == ({}, False)


async def test_a_secret_of_a_template_cannot_be_read_under_another_name(routes: Routes) -> None:
    draft = attrs.evolve(DRAFT, secrets=(), template_secrets={"token": "hush-token"})
    route = await routes.create(WITH_NEW, draft)
    for change in ("'{0,name}', '\"other\"'", "'{0}', (secrets -> 0) - 'name'"):
        routes.postgres.psql(
            routes.name, f"UPDATE message_routes SET secrets = jsonb_set(secrets, {change})"
        )
        found = await routes.load(WITH_NEW, route)
        assert (found.template_secrets, found.secrets) == ({}, ())
        assert "were changed, or moved here" in (found.fault or "")


# Upkeep -----------------------------------------------------------------------------------------


async def test_what_is_plain_or_under_an_old_key_is_sealed_with_the_newest(routes: Routes) -> None:
    plain, old = await routes.create(PLAIN), await routes.create(WITH_OLD)
    new = await routes.create(WITH_NEW)
    early = NOW - timedelta(days=1)
    report = await route_upkeep.do_round(routes.database, WITH_BOTH, now=early)
    assert (report.sealed, report.unreadable, report.plain) == (2, [], 0)
    stored = routes.stored()
    assert "hush" not in stored
    assert WITH_OLD.prefix not in stored
    assert stored.count(WITH_NEW.prefix) == 3 * 5
    for route in (plain, old, new):
        found = await routes.load(WITH_NEW, route)
        assert (found.secrets, found.destination_config) == (
            DRAFT.secrets,
            DRAFT.destination_config,
        )
        assert found.updated_at == route.updated_at
    again = await route_upkeep.do_round(routes.database, WITH_BOTH, now=early)
    assert again == route_upkeep.UpkeepReport(unreadable=[])


async def test_expired_secrets_are_removed_from_the_row_but_never_the_newest(
    routes: Routes,
) -> None:
    for sealer in (PLAIN, WITH_NEW):
        created = await routes.create(sealer)
        left = [len(created.secrets)]
        for now in (NOW - timedelta(seconds=1), NOW, NOW + timedelta(hours=2)):
            await route_upkeep.do_round(routes.database, sealer, now=now)
            left.append(len((await routes.load(sealer, created)).secrets))
        assert left == [3, 3, 2, 1]
        assert (await routes.load(sealer, created)).secrets == (SigningSecret("hush-new"),)
    alone = '[{"plain": "x", "expires_at": "2020-01-01T00:00:00Z"}]'
    routes.postgres.psql(routes.name, f"UPDATE message_routes SET secrets = '{alone}'")
    report = await route_upkeep.do_round(routes.database, WITH_NEW, now=NOW)
    assert (report.expired, report.sealed) == (0, 2)
    assert routes.stored().count('"expires_at"') == 2


async def test_what_cannot_be_read_is_told_and_left_as_it_is(routes: Routes) -> None:
    lost, bare = await routes.create(WITH_OLD), attrs.evolve(DRAFT, secrets=())
    bare = attrs.evolve(bare, destination_config={"url": "http://localhost/"})
    await routes.create(PLAIN, bare)
    before = json.dumps(routes.stored())
    for sealer in (WITH_NEW, PLAIN):
        report = await route_upkeep.do_round(routes.database, sealer, now=NOW - timedelta(days=1))
        assert (report.sealed, report.unreadable) == (0, [lost.id])
    assert json.dumps(routes.stored()) == before


async def test_a_change_is_logged_once_without_a_secret(routes: Routes) -> None:
    lost = await routes.create(WITH_OLD)
    await routes.create(PLAIN)
    with capture_logs() as logs:
        for sealer in (PLAIN, WITH_NEW, WITH_BOTH):
            told = route_upkeep.UpkeepReport()
            for _ in range(2):
                report = await route_upkeep.do_round(
                    routes.database, sealer, now=NOW - timedelta(days=1)
                )
                route_upkeep.tell(report, told, seals=sealer.seals)
                told = report
    lines = [(line["log_level"], line["event"].partition(",")[0]) for line in logs]
    cannot = ("error", "the secrets of routes cannot be read")
    assert lines == [
        cannot,
        ("warning", "the secrets of routes are stored unencrypted"),
        ("info", "the secrets of routes were encrypted with the newest key"),
        cannot,
        ("info", "the secrets of routes were encrypted with the newest key"),
    ]
    assert logs[0]["first"] == [lost.id]
    assert "hush" not in str(logs)
