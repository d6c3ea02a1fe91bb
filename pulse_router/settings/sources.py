"""Gathers raw settings from a TOML file and the environment; it does not judge the values.

The environment wins over the file, and `PULSE_*` over the names of earlier versions.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, MutableMapping
from pathlib import Path
from typing import Final

import attrs

from pulse_router.settings.links import is_service_link
from pulse_router.settings.structure import keys, sections
from pulse_router.settings.values import Origin

_MAX_SECRET_BYTES: Final = 65_536
_NOT_SETTINGS: Final = frozenset({"PULSE_CONFIG", "PULSE_URL", "PULSE_TOKEN", "PULSE_TOKEN_FILE"})
"""What the command line reads for itself."""
_OF_PULSEAUDIO: Final = frozenset(
    f"PULSE_LOG_{name}"
    for name in ("SYSLOG", "JOURNAL", "COLORS", "TIME", "META", "BACKTRACE", "NO_RATE_LIMIT")
)
"""What the sound server of desktops reads, where its names begin as ours do."""


@attrs.frozen
class Given:
    """A value as a source gave it.

    Attributes:
        source: The file or the variable, as sentences name it.
        is_text: Whether the source knows nothing but text.
        is_variable: Whether it is an environment variable.
        is_old_name: Whether that is a name from before pulse-router, which others use too.
        origin: The same as `source`, for programs.
    """

    value: object = attrs.field(repr=False)
    source: str
    is_text: bool
    is_variable: bool = False
    is_old_name: bool = False
    origin: Origin | None = None


Gathered = MutableMapping[str, Given]


def variable(value: str, *names: str, is_old_name: bool = False) -> Given:
    """Make a value that stands in the environment, under one name or several."""
    named = ", ".join(names)
    return Given(
        value,
        f"from {named}",
        is_text=True,
        is_variable=True,
        is_old_name=is_old_name,
        origin=Origin("environment", named),
    )


def read_file(path: Path, problems: list[str]) -> Gathered:
    """Gather what a TOML file sets, by dotted key; problems are added to the list."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        problems.append(f"{path}: cannot be read: {error.strerror}")
        return {}
    except RecursionError:
        problems.append(f"{path}: is nested too deep")
        return {}
    except ValueError as error:
        problems.append(f"{path}: is not TOML: {_without_content(error)}")
        return {}
    given: Gathered = {}
    files: Gathered = {}
    entries: dict[str, object] = {}
    for section, table in document.items():
        if section not in sections():
            problems.append(f"{section} (in {path}): unknown section{_meant(section, sections())}")
        elif not isinstance(table, dict):
            problems.append(f"{section} (in {path}): must be a section, [{section}], with keys")
        else:
            entries.update({f"{section}.{name}": value for name, value in table.items()})
    for dotted, value in entries.items():
        secret = keys().get(dotted.removesuffix("_file"))
        if (key := keys().get(dotted)) is not None:
            # Like those of secrets: where the service is started from is nothing to rely on.
            beside = _beside(path.parent, dotted, value) if key.holds_paths else value
            origin = Origin("file", str(path))
            given[dotted] = Given(beside, f"in {path}", is_text=False, origin=origin)
        elif secret is not None and secret.is_secret:
            files[secret.dotted] = Given(value, f"in {path}", is_text=False)
        else:
            problems.append(f"{dotted} (in {path}): {_unknown_key(dotted)}")
    _read_secret_files(given, files, path.parent, problems)
    return given


def _beside(folder: Path, name: str, value: object) -> object:
    """Look for files in a folder, where a value, or what is inside of it, is the path of one."""
    if isinstance(value, dict):
        return {inner: _beside(folder, inner, it) for inner, it in value.items()}
    return str(folder / value) if isinstance(value, str) and value and _is_file(name) else value


def _is_file(name: str) -> bool:
    return name.endswith("_file")


def read_environment(environ: Mapping[str, str], problems: list[str]) -> Gathered:
    """Gather what the environment sets, by dotted key; problems are added to the list."""
    given: Gathered = {}
    files: Gathered = {}
    variables = {key.variable: key for key in keys().values()}
    file_variables = {f"{key.variable}_FILE": key for key in keys().values() if key.is_secret}
    for name, value in environ.items():
        if name in _NOT_SETTINGS or is_service_link(name, value):
            continue
        if (key := variables.get(name)) is not None:
            given[key.dotted] = variable(value, name)
        elif (key := file_variables.get(name)) is not None:
            if value:
                files[key.dotted] = Given(value, name, is_text=True, is_variable=True)
        elif name not in _OF_PULSEAUDIO and (section := _section_of(name)) is not None:
            near = [each for each in (*variables, *file_variables) if _section_of(each) == section]
            meant = _meant(name, near, [*variables, *file_variables])
            problems.append(f"{name} (in the environment): unknown setting{meant}")
    _read_secret_files(given, files, Path(), problems)
    return given


def _section_of(variable: str) -> str | None:
    """Tell whose key a variable would be; None where it is none of ours, whatever it begins with.

    Desktops, shells and clusters set variables of their own that begin with PULSE_.
    """
    prefix, _, rest = variable.partition("_")
    section, separator, key = rest.partition("_")
    is_ours = prefix == "PULSE" and section.lower() in sections() and separator and key
    return section if is_ours and section.isupper() else None


def _unknown_key(dotted: str) -> str:
    section = dotted.partition(".")[0]
    known = [key.dotted for key in keys().values() if key.section == section]
    known += [f"{name}_file" for name in known if keys()[name].is_secret]
    return f"unknown key{_meant(dotted, known, keys())}"


def _read_secret_files(given: Gathered, files: Gathered, folder: Path, problems: list[str]) -> None:
    """Read the secrets that are given as `<key>_file`; relative paths start in `folder`."""
    for dotted, file in files.items():
        named = f"{dotted}_file ({_origin(file)})"
        if dotted in given and given[dotted].value not in {None, ""}:
            problems.append(f"{named}: {dotted} is given as well; leave one of them out")
            continue
        name = unquote(file.value) if isinstance(file.value, str) else ""
        if not name or "\0" in name:
            problems.append(f"{named}: must be the path of a file")
            continue
        path = folder / name
        try:
            with path.open("rb") as stream:
                content = stream.read(_MAX_SECRET_BYTES + 1)
            if len(content) > _MAX_SECRET_BYTES:
                problems.append(f"{named}: {path} is larger than a secret may be, 64 KiB")
                continue
            value = content.decode()
        except OSError as error:
            problems.append(f"{named}: cannot read {path}: {error.strerror}")
        except UnicodeDecodeError:
            problems.append(f"{named}: {path} must hold UTF-8 text")
        else:
            origin = Origin("secret_file", str(path))
            given[dotted] = Given(value, f"from the file {path}", is_text=True, origin=origin)


def unquote(text: str) -> str:
    """Take blanks and one pair of quotes off a text that a variable holds."""
    stripped = text.strip()
    first, inside, last = stripped[:1], stripped[1:-1], stripped[-1:]
    is_quoted = len(stripped) > 1 and first == last and first in "\"'" and first not in inside
    return inside.strip() if is_quoted else stripped


def _origin(given: Given) -> str:
    return f"in the environment as {given.source}" if given.is_variable else given.source


def _meant(word: str, *candidates: Iterable[str]) -> str:
    """Guess what was meant, from the first candidates that come close."""
    for group in candidates:
        close = difflib.get_close_matches(word, list(group), n=1, cutoff=0.7)
        if close:
            return f"; did you mean {close[0]}?"
    known = list(candidates[0])
    return f"; known are {', '.join(known)}" if len(known) <= 24 else ""


def _without_content(error: ValueError) -> str:
    """Describe a parse error without the text that it quotes, which may be a secret."""
    if isinstance(error, UnicodeDecodeError):
        return f"byte {error.start} is not UTF-8; save it as UTF-8"
    place = re.search(r"\(at .*\)$", str(error))
    return f"syntax error {place.group()}" if place else "syntax error"
