"""TLS to the database: what is asked for is held to, and what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio_asyncio

from pulse_router.domain.errors import Unavailable
from pulse_router.postgres.connecting import ConnectOptions, connect
from pulse_router.postgres.url import with_authority
from tests.support.servers.certificates import TestAuthority
from tests.support.servers.postgres import PostgresForTests
from tests.support.servers.tls_database import TlsDatabase, open_tls_database


async def log_in(url: str) -> bool:
    """Log in once; tells whether the connection is encrypted."""
    connection = await connect(ConnectOptions(url))
    try:
        await connection.fetch("SELECT 1", timeout_seconds=5)
        transport = connection._raw._transport  # type: ignore[attr-defined]
        return transport.get_extra_info("ssl_object") is not None
    finally:
        connection.terminate()


async def is_encrypted(url: str) -> bool:
    async with trio_asyncio.open_loop():
        return await log_in(url)


async def why_not(url: str) -> str:
    async with trio_asyncio.open_loop():
        with pytest.raises(Unavailable) as caught:
            await log_in(url)
    said = str(caught.value)
    assert "a-password" not in said
    assert "ermi" not in said
    return said


def ca(database: TlsDatabase) -> str:
    return f"sslrootcert={database.files.ca_file}"


@pytest.mark.parametrize("mode", ["allow", "prefer", "require"])
async def test_without_an_authority_connections_are_encrypted_and_nobody_is_verified(
    postgres_server: PostgresForTests, database_name: str, mode: str
) -> None:
    async with open_tls_database(postgres_server, host="another.name") as database:
        if mode == "allow":  # PgBouncer refuses plain ones without PostgreSQL's code for it
            assert "SSL required" in await why_not(database.url(database_name, "?sslmode=allow"))
        else:
            assert await is_encrypted(database.url(database_name, f"?sslmode={mode}"))
        assert "SSL required" in await why_not(database.url(database_name, "?sslmode=disable"))


async def test_a_certificate_of_a_trusted_authority_is_taken(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    async with open_tls_database(postgres_server) as database:
        for query in ("sslmode=verify-ca", "sslmode=verify-full", "sslmode=require"):
            url = database.url(database_name, f"?{query}&{ca(database)}", host="localhost")
            assert await is_encrypted(url)
        by_address = f"?sslmode=verify-full&{ca(database)}&hostaddr=127.0.0.1"
        assert await is_encrypted(database.url(database_name, by_address, host="localhost"))
        plain = database.url(database_name, host="localhost")
        assert await is_encrypted(with_authority(plain, str(database.files.ca_file)))


async def test_a_certificate_of_a_stranger_is_named_as_the_cause(
    postgres_server: PostgresForTests, database_name: str, tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(TestAuthority().pem)
    async with open_tls_database(postgres_server) as database:
        for authority in ("system", str(other)):
            query = f"?sslmode=verify-full&sslrootcert={authority}"
            said = await why_not(database.url(database_name, query, host="localhost"))
            assert "its certificate is not trusted" in said
            assert "database.ca_file" in said


async def test_a_certificate_for_another_name_is_named_as_the_cause(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    async with open_tls_database(postgres_server, host="db.plant") as database:
        said = await why_not(
            database.url(database_name, f"?sslmode=verify-full&{ca(database)}", host="localhost")
        )
        assert "its certificate is for another name" in said
        assert "'localhost'" in said
        moved = f"?sslmode=verify-full&{ca(database)}&hostaddr=127.0.0.1"
        assert await is_encrypted(database.url(database_name, moved, host="db.plant"))
        loosely = f"?sslmode=verify-ca&{ca(database)}"
        assert await is_encrypted(database.url(database_name, loosely))


async def test_an_expired_certificate_is_named_as_the_cause(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    async with open_tls_database(postgres_server, expired=True) as database:
        said = await why_not(
            database.url(database_name, f"?sslmode=verify-full&{ca(database)}", host="localhost")
        )
        assert "has expired" in said


async def test_a_client_certificate_is_shown_where_it_is_asked_for(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    async with open_tls_database(postgres_server, client_certificates=True) as database:
        own = database.files.issue("iot")
        query = f"?sslmode=verify-full&{ca(database)}&sslcert={own.cert_file}&sslkey={own.key_file}"
        assert await is_encrypted(database.url(database_name, query, host="localhost"))
        without = f"?sslmode=verify-full&{ca(database)}"
        said = await why_not(database.url(database_name, without, host="localhost"))
        assert "asks for a certificate: set sslcert and sslkey" in said


async def test_files_that_are_not_what_they_should_be_are_named(
    postgres_server: PostgresForTests, database_name: str, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    url = postgres_server.login_url(database_name)
    for query, said in (
        (f"sslmode=verify-full&sslrootcert={empty}", f"sslrootcert: {empty} does not hold"),
        ("sslmode=require&sslrootcert=/nowhere", "sslrootcert: cannot read /nowhere: No such"),
        (f"sslmode=require&sslcert={empty}", "must hold a certificate and its key"),
        ("sslmode=require&sslcert=/nowhere", "sslcert, sslkey: cannot read /nowhere"),
    ):
        assert said in await why_not(f"{url}?{query}")


async def test_a_server_without_tls_is_said_to_have_none(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    url = postgres_server.login_url(database_name)
    assert "does not speak TLS" in await why_not(f"{url}?sslmode=require")
    for mode in ("disable", "allow", "prefer"):
        assert not await is_encrypted(f"{url}?sslmode={mode}")


async def test_neither_the_environment_nor_a_home_has_a_say(
    postgres_server: PostgresForTests,
    database_name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "/nowhere",
        "PGSSLCERT": "/nowhere",
        "PGSSLMINPROTOCOLVERSION": "nonsense",
        "PGSSLNEGOTIATION": "direct",
        "PGHOST": "nowhere.invalid",
        "PGPORT": "1",
        "PGUSER": "nobody",
        "PGPASSWORD": "hush",
        "PGDATABASE": "nothing",
        "PGSERVICE": "other",
        "PGTARGETSESSIONATTRS": "standby",
        "PGKRBSRVNAME": "x",
        "PGGSSLIB": "nonsense",
        "PGSERVICEFILE": "/nowhere",
        "PGPASSFILE": "/nowhere",
        "PGOPTIONS": "-c nonsense=1",
        "PGAPPNAME": "x",
        "HOME": "/proc/1/root/nowhere",
    }.items():
        monkeypatch.setenv(name, value)
    assert not await is_encrypted(postgres_server.login_url(database_name))
    passwords = tmp_path / "passwords"
    without = postgres_server.login_url(database_name).replace(":a-password-for-tests@", "@")
    assert "password authentication failed" in await why_not(without)
    passwords.write_text("# mine\nother:*:*:*:x\n*:*:*:iot:a-password-for-tests\n")
    assert "chmod 600" in await why_not(f"{without}?passfile={passwords}")
    passwords.chmod(0o600)
    assert not await is_encrypted(f"{without}?passfile={passwords}")
