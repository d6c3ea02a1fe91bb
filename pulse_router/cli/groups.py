"""What the commands that talk to the API share: groups with a default, pages, and how they print.

It knows none of them.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Final, TypeVar

import click
import msgspec

from pulse_router.cli.client import Api, run_with_api
from pulse_router.cli.options import Server
from pulse_router.cli.tables import table

T = TypeVar("T")

MAX_LIMIT: Final = 500
MAX_OFFSET: Final = 10_000
DEFAULT_LIMIT: Final = 50


class ListingGroup(click.Group):
    """A group that lists when no subcommand is named: `routes --json` is `routes list --json`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `list` in front of options, and where there is nothing at all."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


def page_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--limit`, `--offset` and `--after`; it gets them as `part` of a query."""

    @wraps(command)
    def with_part(
        *args: object, limit: int, offset: int | None, after: str | None, **others: object
    ) -> object:
        if offset is not None and after is not None:
            raise click.UsageError("--offset and --after exclude each other")
        part = {"limit": limit, "offset": offset, "after": after}
        return command(*args, part=part, **others)

    with_part = click.option("--after", help="Where to go on, as an earlier page has said.")(
        with_part
    )
    with_part = click.option(
        "--offset", type=click.IntRange(0, MAX_OFFSET), help="How many to pass over."
    )(with_part)
    return click.option(
        "--limit",
        type=click.IntRange(1, MAX_LIMIT),
        default=DEFAULT_LIMIT,
        show_default=True,
        help="How many to show.",
    )(with_part)


def yes_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--yes`, for what cannot be taken back."""
    return click.option("--yes", is_flag=True, help="Do not ask.")(command)


def overlap_option(explanation: str, *, hours: float) -> Callable[..., Any]:
    """Give a command `--overlap-hours`, for secrets that go on beside their successor."""
    return click.option(
        "--overlap-hours",
        type=click.FloatRange(min=0),
        default=hours,
        show_default=hours > 0,
        help=explanation,
    )


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something is done that cannot be taken back.

    Raises:
        click.Abort: The answer is no.
        click.UsageError: There is nobody to ask.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} Nobody can be asked here: add --yes")
    click.confirm(question, abort=True, err=True)


def read_json(given: bytes | str, what: str) -> Any:  # noqa: ANN401 - a JSON value
    """Decode what somebody has written.

    Raises:
        click.UsageError: It is no JSON, or nested too deeply to be decoded.
    """
    try:
        return msgspec.json.decode(given)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise click.UsageError(f"{what} is not JSON: {error}") from error
    except RecursionError:
        raise click.UsageError(f"{what} is nested too deeply") from None


def send_each(
    server: Server,
    method: str,
    ids: Sequence[T],
    path_of: Callable[[T], str],
    tell: Callable[[T], str],
    *,
    body: object = None,
) -> None:
    """Send the same request for one after another, and print a sentence for each that is done.

    Raises:
        ApiError: The router cannot be reached, or says no; those before are done.
    """

    async def send(api: Api) -> None:
        for each in ids:
            await api.send(method, path_of(each), body=body)
            click.echo(tell(each))

    run_with_api(server, send)


def rotate(server: Server, path: str, overlap_hours: float) -> Any:  # noqa: ANN401 - a JSON value
    """Have a secret made anew; the old one holds for so long besides.

    Raises:
        ApiError: The router cannot be reached, or says no.
    """
    body = {"overlap_hours": overlap_hours}
    return run_with_api(server, lambda api: api.send("POST", path, body=body))


def print_secret(answer: Mapping[str, Any], name: str, what: str, *, as_json: bool) -> None:
    """Print a secret alone on standard output, so that `$(…)` takes it as it is.

    Args:
        answer: The API's answer, which has it.
        name: Where it stands in there.
        what: What it is, in words.
        as_json: Whether the whole answer is printed instead.
    """
    if as_json:
        print_json(answer)
    else:
        click.echo(f"{what}, shown this once:", err=True)
        click.echo(answer[name])


def print_json(value: object) -> None:
    """Print an answer for scripts, as one line."""
    click.echo(msgspec.json.encode(value))


def print_page(
    page: Mapping[str, Any], what: str, names: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    """Print a page as a table, and how much there is besides.

    Args:
        page: The API's answer, with `total` and `next`.
        what: What is listed, in the plural.
        names: The columns' names.
        rows: The values.
    """
    total = page["total"] if page["total_is_exact"] else f"more than {page['total']}"
    if not rows and page["next"] is not None:
        click.echo(f"no {what} among those looked through; go on with --after {page['next']}")
        return
    if not rows:
        click.echo(f"no {what}" if not total else f"no more {what}: there are {total}")
        return
    click.echo(table(names, rows, width=terminal_width()))
    if page["next"] is not None:
        click.echo(f"{len(rows)} of {total} {what}; go on with --after {page['next']}")


def terminal_width() -> int | None:
    """Say how wide the terminal is; None when nobody looks at one."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None
