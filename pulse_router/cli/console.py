"""`pulse-router console`: prints a link that signs in to the web console.

The token stands in the link's fragment, which no browser sends to anybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import click

from pulse_router.api.openapi.audiences import ROLES
from pulse_router.cli.options import config_option, read_duration, read_url
from pulse_router.cli.token import check_bearer, settings_of, sign
from pulse_router.settings import Bind, SettingsError

TENANTS_ROLE = "customer_admin"
OPERATORS_ROLE = "operator-admin"


@click.command
@click.option("--tenant", help="The tenant that one signs in for; without one, as an operator.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(sorted(ROLES)),
    help=(
        "What one may do; may be given more than once."
        f"  [default: {TENANTS_ROLE}, or {OPERATORS_ROLE} without --tenant]"
    ),
)
@click.option(
    "--expires",
    callback=read_duration,
    default="12h",
    show_default=True,
    help="How long it is valid, like 30m, 12h or 7d.",
)
@click.option("--url", help="The router's address, as the browser reaches it.")
@config_option
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of a demo, whose settings are used.",
)
def console(
    tenant: str | None,
    roles: Sequence[str],
    expires: float,
    url: str | None,
    config: Path | None,
    data: Path | None,
) -> None:
    """Print a link that signs in to the web console, and nothing else."""
    chosen = roles or (OPERATORS_ROLE if tenant is None else TENANTS_ROLE,)
    check_bearer(tenant, chosen)
    settings = settings_of(config, data)
    if not settings.console.enabled:
        raise SettingsError(["console.enabled is false, so there is no console to sign in to"])
    token = sign(settings, tenant=tenant, roles=chosen, expires_seconds=expires)
    address = local_url(settings.http.bind) if url is None else read_url(url)
    click.echo(link_of(address, token))


def link_of(url: str, token: str) -> str:
    """Give the link that signs in with a token."""
    return f"{url}/console#token={token}"


def local_url(bind: Bind) -> str:
    """Give the address of a router for a browser on the same machine."""
    try:
        host = ip_address(bind.host)
    except ValueError:
        return f"http://{bind.host}:{bind.port}"
    if host.is_unspecified:
        return f"http://localhost:{bind.port}"
    return f"http://{f'[{host}]' if host.version == 6 else host}:{bind.port}"
