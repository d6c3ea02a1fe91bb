"""PostgreSQL behind TLS: the tests' own server cannot speak it, so PgBouncer does before it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio

from pulse_router.mqtt.options import TlsOptions
from pulse_router.postgres.session import GUARDS, MEANING
from tests.support.servers.folders import remove_folder
from tests.support.servers.pgbouncer import PgBouncer, prepare
from tests.support.servers.postgres import PostgresForTests
from tests.support.servers.tls import Files

IGNORED = ", ".join([*MEANING, *GUARDS, "options"])


@attrs.frozen
class TlsDatabase:
    """One that takes encrypted connections only."""

    pgbouncer: PgBouncer
    files: Files

    def url(self, database: str, query: str = "", *, host: str = "127.0.0.1") -> str:
        return self.pgbouncer.login_url(database).replace("127.0.0.1", host) + query


@asynccontextmanager
async def open_tls_database(
    postgres: PostgresForTests,
    *,
    host: str = "localhost",
    expired: bool = False,
    client_certificates: bool = False,
) -> AsyncIterator[TlsDatabase]:
    """Run one for a block, whose certificate is for `host`."""
    pgbouncer = prepare(postgres)
    files = Files(pgbouncer.folder)
    shown: TlsOptions = files.issue(host, expired=expired)
    mode = "verify-ca" if client_certificates else "require"
    with pgbouncer.config.open("a") as config:
        config.write(
            f"pool_mode = session\nignore_startup_parameters = {IGNORED}\n"
            f"client_tls_sslmode = {mode}\nclient_tls_ca_file = {files.ca_file}\n"
            f"client_tls_cert_file = {shown.cert_file}\nclient_tls_key_file = {shown.key_file}\n"
        )
    try:
        await pgbouncer.start()
        yield TlsDatabase(pgbouncer, files)
    finally:
        with trio.CancelScope(shield=True):
            await pgbouncer.stop()
        remove_folder(pgbouncer.folder)
