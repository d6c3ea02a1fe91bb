"""`pulse-router devices`: shows and changes a tenant's registered devices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import click

from pulse_router.cli.client import run_with_api
from pulse_router.cli.groups import (
    ListingGroup,
    confirm,
    overlap_option,
    page_options,
    print_json,
    print_page,
    print_secret,
    rotate,
    send_each,
    yes_option,
)
from pulse_router.cli.options import Server, json_option, server_options
from pulse_router.cli.tables import fields

_PATH = "/devices"
_STATUSES = click.Choice(["ACTIVE", "REVOKED"], case_sensitive=False)


@click.group(cls=ListingGroup)
def devices() -> None:
    """Show and change registered devices; without a subcommand, list them."""


@devices.command("list")
@click.option("--status", type=_STATUSES, help="Only those of this status.")
@click.option("--site", help="Only those of this site.")
@click.option("--search", help="Only those whose id holds this.")
@server_options
@page_options
@json_option
def list_devices(
    server: Server,
    status: str | None,
    site: str | None,
    search: str | None,
    *,
    part: Mapping[str, object],
    as_json: bool,
) -> None:
    """List the devices, by id."""
    query = {"status": status, "site_id": site, "q": search, **part}
    page = run_with_api(server, lambda api: api.get(_PATH, **query))
    if as_json:
        print_json(page)
        return
    names = ["device_id", "site_id", "status", "last_seen_at", "created_at"]
    rows = [[device[name] for name in names] for device in page["devices"]]
    print_page(page, "devices", ["device", "site", "status", "last seen", "created"], rows)


@devices.command
@click.argument("device_id")
@server_options
@json_option
def show(server: Server, device_id: str, *, as_json: bool) -> None:
    """Show a device."""
    device = run_with_api(server, lambda api: api.get(_one(device_id)))
    if as_json:
        print_json(device)
    else:
        click.echo(fields(device))


@devices.command
@click.argument("device_id")
@click.option("--site", help="Where it is.")
@server_options
@json_option
def add(server: Server, device_id: str, site: str | None, *, as_json: bool) -> None:
    """Register a device, and print its provision token."""
    body = {"device_id": device_id, "site_id": site}
    device = run_with_api(server, lambda api: api.send("POST", _PATH, body=body))
    _tell_token(device, as_json=as_json)


@devices.command("rotate-token")
@click.argument("device_id")
@overlap_option("For how long the old token holds besides; not at all by default.", hours=0.0)
@server_options
@json_option
def rotate_token(server: Server, device_id: str, overlap_hours: float, *, as_json: bool) -> None:
    """Give a device a new provision token, and print it."""
    device = rotate(server, f"{_one(device_id)}/rotate-token", overlap_hours)
    _tell_token(device, as_json=as_json)


@devices.command
@click.argument("device_ids", nargs=-1, required=True)
@server_options
def revoke(server: Server, device_ids: Sequence[str]) -> None:
    """Refuse what devices send from now on."""
    _set_status(server, device_ids, "REVOKED")


@devices.command
@click.argument("device_ids", nargs=-1, required=True)
@server_options
def reinstate(server: Server, device_ids: Sequence[str]) -> None:
    """Take what revoked devices send again."""
    _set_status(server, device_ids, "ACTIVE")


@devices.command
@click.argument("device_ids", nargs=-1, required=True)
@server_options
@yes_option
def delete(server: Server, device_ids: Sequence[str], *, yes: bool) -> None:
    """Remove devices from the registry; what they have sent stays."""
    confirm(f"Remove {', '.join(device_ids)}? What was sent stays.", yes=yes)
    send_each(server, "DELETE", device_ids, _one, lambda device_id: f"removed {device_id}")


def _set_status(server: Server, device_ids: Sequence[str], status: str) -> None:
    send_each(
        server,
        "PATCH",
        device_ids,
        _one,
        lambda device_id: f"{device_id} is {status}",
        body={"status": status},
    )


def _tell_token(device: dict[str, Any], *, as_json: bool) -> None:
    what = f"the provision token of {device['device_id']}"
    print_secret(device, "provision_token", what, as_json=as_json)


def _one(device_id: str) -> str:
    return f"{_PATH}/{quote(device_id, safe='')}"
