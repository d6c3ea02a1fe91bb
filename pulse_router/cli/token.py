"""`pulse-router token`: prints a token for the API, signed with the shared secret."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click

from pulse_router.api.access.tokens import issue_token
from pulse_router.api.openapi.audiences import CUSTOMER_READERS, ROLES
from pulse_router.cli.options import config_option, load, read_duration
from pulse_router.domain.topics import ID_PATTERN, ID_RULE
from pulse_router.settings import Settings, SettingsError, load_settings


@click.command
@click.option("--tenant", help="The tenant that the token is for; operators need none.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    type=click.Choice(sorted(ROLES)),
    help="What its bearer may do; may be given more than once.",
)
@click.option(
    "--expires",
    callback=read_duration,
    default="12h",
    show_default=True,
    help="How long it is valid, like 30m, 12h or 7d.",
)
@config_option
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of a demo, whose settings are used.",
)
def token(
    tenant: str | None,
    roles: Sequence[str],
    expires: float,
    config: Path | None,
    data: Path | None,
) -> None:
    """Print a token and nothing else."""
    check_bearer(tenant, roles)
    settings = settings_of(config, data)
    click.echo(sign(settings, tenant=tenant, roles=roles, expires_seconds=expires))


def check_bearer(tenant: str | None, roles: Sequence[str]) -> None:
    """Refuse roles that ask for a tenant without one, and what no tenant is called.

    Raises:
        click.UsageError: What is wrong.
    """
    customers = [role for role in roles if role in CUSTOMER_READERS]
    if tenant is None and customers:
        raise click.UsageError(f"the role {customers[0]} needs --tenant")
    if tenant is not None and not ID_PATTERN.fullmatch(tenant):
        raise click.UsageError(f"--tenant {tenant!r} must be {ID_RULE}")


def settings_of(config: Path | None, data: Path | None) -> Settings:
    """Load the settings of an installation, or those of a demo.

    Raises:
        click.UsageError: Both are named.
        SettingsError: They are wrong, or there are none where they should be.
    """
    if config is not None and data is not None:
        raise click.UsageError("give --config or --data, not both")
    return load(config) if data is None else _load_demo(data)


def sign(
    settings: Settings, *, tenant: str | None, roles: Sequence[str], expires_seconds: float
) -> str:
    """Make a token that a router with these settings takes.

    Raises:
        SettingsError: There is no secret to sign it with.
    """
    if settings.auth.secret is None:
        raise SettingsError(
            ["auth.secret is not set, so nothing can be signed; name the settings with --config"]
        )
    return issue_token(
        settings.auth.secret,
        tenant=tenant,
        roles=roles,
        expires_seconds=expires_seconds,
        now=time.time(),
        issuer=settings.auth.issuer,
        audience=settings.auth.audience,
    )


def _load_demo(folder: Path) -> Settings:
    """Load what the demo wrote for itself; the environment has no say in a demo."""
    path = folder / "pulse-router.toml"
    if not path.is_file():
        raise SettingsError(
            [f"{folder} holds no demo: start `pulse-router demo --data {folder}` first"]
        )
    return load_settings(path, {})
