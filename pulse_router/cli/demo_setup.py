"""Prepares what the demo's router runs on: database, login role, devices, settings.

Knows what the demo consists of; does not know how its parts are run.
"""

from __future__ import annotations

from collections.abc import Sequence

import trio
import trio_asyncio

from pulse_router.cli.demo_folder import DemoFolder, DemoState
from pulse_router.domain.devices import hash_provision_token
from pulse_router.embedded.postgres import PostgresServer
from pulse_router.embedded.simulator import SimulatedDevice
from pulse_router.settings import Settings, load_settings
from pulse_router.stores.schema import migrate

TENANT = "TENANT1"
SITE = "SITE-1"
DATABASE = "iotcloud"
LOGIN_ROLE = "iot"
LOOPBACK_NETWORKS = ("127.0.0.0/8", "::1/128")
BIND_HOST = "0.0.0.0"  # noqa: S104 - as `serve` does; the API asks for tokens
GRACE_SECONDS = 5.0


async def prepare_database(
    postgres: PostgresServer, folder: DemoFolder, state: DemoState, count: int
) -> Sequence[SimulatedDevice]:
    """Make or bring up to date the database and its login role, and register devices.

    Args:
        postgres: The server, running.
        folder: Where the state is kept.
        state: Gets the tokens of devices that are new.
        count: How many devices there are to be.

    Returns:
        The devices.

    Raises:
        ChildFailed: PostgreSQL refused something.
        MigrationError: The database cannot be brought up to date.
    """
    known = set(state.provision_tokens)
    ids = [f"DEV-{number:03}" for number in range(1, count + 1)]
    devices = [SimulatedDevice(TENANT, each, SITE, state.provision_token(each)) for each in ids]
    # Kept before it is used: a token that only the database knows would be of no use.
    folder.save(state)
    role = _login_role_script(state.database_password)
    await trio.to_thread.run_sync(postgres.psql, "postgres", role)
    async with trio_asyncio.open_loop():
        await migrate(postgres.url(DATABASE), login_role=LOGIN_ROLE)
    register = _register_script(devices, known)
    await trio.to_thread.run_sync(postgres.psql, DATABASE, register)
    return devices


def settle(folder: DemoFolder, state: DemoState, postgres: PostgresServer) -> Settings:
    """Write the settings that the router runs with, and load them as `serve` would.

    Raises:
        SettingsError: They are wrong.
    """
    login = postgres.url(DATABASE, user=LOGIN_ROLE, password=state.database_password)
    folder.write_settings(
        {
            "mqtt": {
                "host": "127.0.0.1",
                "port": state.mqtt_port,
                "client_id": "pulse-router-demo",
            },
            "database": {"url": login, "migration_url": postgres.url(DATABASE)},
            "http": {"bind": f"{BIND_HOST}:{state.http_port}"},
            "auth": {"secret": state.auth_secret},
            "delivery": {
                "allow_networks": LOOPBACK_NETWORKS,
                "secrets_key": state.secrets_key,
            },
            "log": {"level": "warning"},
            "shutdown": {"grace_seconds": GRACE_SECONDS},
        }
    )
    # The environment has no say: the demo must not reach out to somebody's servers.
    return load_settings(folder.settings_path, {})


def _login_role_script(password: str) -> str:
    return f"""
SELECT 'CREATE ROLE {LOGIN_ROLE} LOGIN'
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{LOGIN_ROLE}') \\gexec
ALTER ROLE {LOGIN_ROLE} LOGIN NOSUPERUSER PASSWORD '{password}';
SELECT 'CREATE DATABASE {DATABASE}'
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec
"""  # noqa: S608 - names are constants, and the password is of our making


def _register_script(devices: Sequence[SimulatedDevice], known: set[str]) -> str:
    rows = ",\n".join(_row(device) for device in devices)
    new = ", ".join(f"'{each.device_id}'" for each in devices if each.device_id not in known)
    # What somebody did to a device by the API stays, unless its token is new here as well.
    return f"""
INSERT INTO devices (tenant_id, device_id, site_id, provision_token_hash) VALUES
{rows}
ON CONFLICT (tenant_id, device_id) DO UPDATE
  SET provision_token_hash = excluded.provision_token_hash
  WHERE devices.device_id IN ({new or "NULL"});
"""  # noqa: S608 - ids and digests are of our making


def _row(device: SimulatedDevice) -> str:
    digest = hash_provision_token(device.provision_token).hex()
    return f"('{device.tenant_id}', '{device.device_id}', '{device.site_id}', '\\x{digest}')"
