"""Options that several commands share, and what becomes of them."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import attrs
import click

from pulse_router.settings import Settings, find_config, load_settings
from pulse_router.settings.sources import unquote

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_URL: Final = "http://localhost:8080"
_MAX_TOKEN_FILE_BYTES: Final = 65_536
_TOKEN: Final = re.compile(r"[!-~]+")

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_MAX_DURATION_SECONDS: Final = 36_500 * 86_400
_PART: Final = r"(\d+(?:\.\d+)?)([smhdw])"


@attrs.frozen
class Server:
    """The router whose API a command talks to.

    Attributes:
        url: Its address, like `https://edge.example:8080`, without a slash at the end.
        token: The bearer token to show it.
    """

    url: str
    token: str = attrs.field(repr=False)


def config_option(command: F) -> F:
    """Give a command `--config`."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        help=(
            "The settings file; by default $PULSE_CONFIG, ./pulse-router.toml or "
            "/etc/pulse-router/pulse-router.toml."
        ),
    )(command)


def json_option(command: F) -> F:
    """Give a command `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")(command)


def server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--url`, `--token` and `--token-file`; it is called with one `server`."""

    @click.option(
        "--url",
        help=f"The router's address; by default $PULSE_URL or {DEFAULT_URL}.",
    )
    @click.option(
        "--token",
        help="A token of the tenant; by default $PULSE_TOKEN. Others on this machine may see it.",
    )
    @click.option(
        "--token-file",
        type=click.Path(path_type=Path),
        help="A file that holds the token; by default $PULSE_TOKEN_FILE.",
    )
    @functools.wraps(command)
    def with_server(
        *arguments: Any,  # noqa: ANN401 - whatever the command takes
        url: str | None,
        token: str | None,
        token_file: Path | None,
        **options: Any,  # noqa: ANN401 - whatever the command takes
    ) -> Any:  # noqa: ANN401 - whatever the command gives
        if token is not None and token_file is not None:
            raise click.UsageError("give --token or --token-file, not both")
        _check_texts(options)
        address = read_url(url or unquote(os.environ.get("PULSE_URL", "")) or DEFAULT_URL)
        server = Server(address, _find_token(token, token_file))
        return command(*arguments, server=server, **options)

    return with_server


def _check_texts(options: Mapping[str, Any]) -> None:
    """Refuse bytes that are no text: no request could carry them.

    Raises:
        click.UsageError: Which argument it is.
    """
    for name, value in options.items():
        for text in value if isinstance(value, tuple) else (value,):
            try:
                str(text).encode()
            except UnicodeEncodeError:
                raise click.UsageError(f"{name.replace('_', '-')} is not UTF-8 text") from None


def read_url(text: str) -> str:
    """Check the address of a router.

    Raises:
        click.UsageError: It is none.
    """
    try:
        parts = urlsplit(text)
        is_valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_valid = False
    # Neither belongs there, and what stands there may be a secret that must not be repeated.
    if not is_valid or "@" in text or "?" in text or "#" in text:
        raise click.UsageError(
            "--url (or PULSE_URL) must be the router's address without user, password and query, "
            f"like {DEFAULT_URL}"
        )
    return text.rstrip("/")


def _find_token(token: str | None, token_file: Path | None) -> str:
    """Take the token from an option, else from the environment.

    Raises:
        click.UsageError: There is none, or it cannot be one.
    """
    origin, found = "--token", token
    if found is None and token_file is not None:
        origin, found = f"the file {token_file}", _read_token(token_file)
    elif found is None and (found := unquote(os.environ.get("PULSE_TOKEN", "")) or None):
        origin = "PULSE_TOKEN"
    elif found is None and (path := unquote(os.environ.get("PULSE_TOKEN_FILE", ""))):
        origin, found = f"the file {path} (from PULSE_TOKEN_FILE)", _read_token(Path(path))
    if found is None:
        raise click.UsageError(
            "a token is needed: set PULSE_TOKEN, or name a file with --token-file; "
            "'pulse-router token' makes one"
        )
    if not _TOKEN.fullmatch(found.strip()):
        raise click.UsageError(f"{origin} holds no token, which has printable characters only")
    return found.strip()


def _read_token(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(_MAX_TOKEN_FILE_BYTES).decode("utf-8-sig", "replace")
    except OSError as error:
        raise click.UsageError(f"cannot read the token file {path}: {error.strerror}") from error


def load(config: Path | None) -> Settings:
    """Load the settings that apply here.

    Raises:
        SettingsError: They are wrong, or the named file does not exist.
    """
    return load_settings(find_config(config, os.environ), os.environ)


def read_duration(_context: click.Context, _option: click.Parameter, value: str) -> float:
    """Read a length of time like `30m`, `12h`, `7d` or `1h30m` (an option's callback).

    Returns:
        Its seconds.

    Raises:
        click.BadParameter: It is no length of time, or none at all.
    """
    seconds = 0.0
    if re.fullmatch(rf"(?:{_PART})+", value):
        seconds = sum(float(count) * _UNITS[unit] for count, unit in re.findall(_PART, value))
    if seconds <= 0:
        raise click.BadParameter(f"{value!r} is no duration; write 30m, 12h, 7d or 1h30m")
    if seconds > _MAX_DURATION_SECONDS:
        raise click.BadParameter(f"{value[:20]!r} is too long; 36500d is the longest")
    return seconds
