"""Loads the settings: finds the file, gathers the sources, checks every value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import attrs

from pulse_router.domain.topics import finds_devices
from pulse_router.settings.certificates import certificate_problems
from pulse_router.settings.cleaning import clean
from pulse_router.settings.database import complete, database_warnings
from pulse_router.settings.errors import Reason, SettingsError
from pulse_router.settings.legacy import read_legacy
from pulse_router.settings.schema import AuthSettings, Settings
from pulse_router.settings.sources import Gathered, Given, read_environment, read_file, unquote
from pulse_router.settings.structure import Key, build, keys, structure

CONFIG_NAME: Final = "pulse-router.toml"
CONFIG_PLACES: Final = (Path(CONFIG_NAME), Path("/etc/pulse-router") / CONFIG_NAME)
_MAX_SHOWN: Final = 200


def find_config(named: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Find the file to load: the one named, `$PULSE_CONFIG`, or one in the usual places.

    Args:
        named: What the user asked for, if anything.
        environ: The environment.

    Returns:
        Its path, or None when there is none: defaults and the environment are enough.

    Raises:
        SettingsError: A file is named but does not exist.
    """
    variable = unquote(environ.get("PULSE_CONFIG", ""))
    wanted = named or (Path(variable) if variable else None)
    if wanted is None:
        return next((place for place in CONFIG_PLACES if place.is_file()), None)
    if not wanted.is_file():
        source = "--config" if named else "PULSE_CONFIG"
        raise SettingsError([f"there is no settings file {wanted} (named by {source})"])
    return wanted


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Load the settings from a file and the environment, which wins.

    Args:
        path: A TOML file, or None for the environment and defaults alone.
        environ: The environment, as in `os.environ`.

    Raises:
        SettingsError: Something is wrong; it holds every problem that was found.
    """
    problems: list[str] = []
    given = dict(read_file(path, problems)) if path is not None else {}
    own = read_environment(environ, problems)
    given.update(_of_use(read_legacy(environ), given, own))
    given.update(own)
    values: dict[str, Any] = {}
    for dotted, key in keys().items():
        if dotted not in given:
            continue
        try:
            values[dotted] = _read(key, given[dotted])
        except ValueError as problem:
            problems.append(str(problem))
    settings = build(values)
    broken = given.keys() - values.keys()
    problems += [
        f"{_sources(involved, given)}: {sentence}"
        for involved, is_broken, sentence in _COMBINATIONS
        if broken.isdisjoint(involved) and is_broken(settings)
    ]
    database = complete(settings.database, given, problems)
    if problems:
        raise SettingsError(problems)
    origins = {dotted: it.origin for dotted, it in given.items() if it.origin is not None}
    return attrs.evolve(settings, database=database, origins=origins)


def _of_use(legacy: Gathered, file: Gathered, own: Gathered) -> Gathered:
    """Choose the old names that count: other programs' variables are called so, too.

    They are no match for our own names, for a file's database, and where their value could not be
    one of ours. Only a whole URL of PostgreSQL is told what is wrong with it.
    """
    found: Gathered = {}
    for dotted, value in legacy.items():
        if dotted in own or (dotted == "database.url" and dotted in file):
            continue
        try:
            if dotted != "database.url":
                _read(keys()[dotted], value)
        except ValueError:
            continue
        found[dotted] = value
    return found


def _read(key: Key, given: Given) -> Any:  # noqa: ANN401 - any setting's type
    shown = "" if key.is_secret else f" = {_shown(given.value)}"
    try:
        cleaned = clean(key, given)
        if cleaned == "" and given.is_variable and key.attribute.default is None:
            return None  # an empty variable unsets what has a default of nothing
        value = structure(key, cleaned, is_text=given.is_text)
    except Reason as reason:
        raise ValueError(f"{key.dotted} ({given.source}): {reason}") from None
    except ValueError:
        # The reason given is not passed on: it quotes the value, which may be a secret.
        sentence = f"{key.dotted}{shown} ({given.source}): must be {key.allowed}"
        raise ValueError(sentence) from None
    if key.is_planned and value != key.attribute.default:
        raise ValueError(
            f"{key.dotted}{shown} ({given.source}): this version cannot do that yet; leave it out"
        )
    return value


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= _MAX_SHOWN else f"{shown[: _MAX_SHOWN - 1]}…"


def _sources(involved: Sequence[str], given: Mapping[str, Given]) -> str:
    return " and ".join(
        f"{dotted} ({given[dotted].source if dotted in given else 'the default'})"
        for dotted in involved
    )


_COMBINATIONS: Final[Sequence[tuple[Sequence[str], Callable[[Settings], bool], str]]] = (
    (
        ("mqtt.max_bytes_in_hand", "mqtt.max_packet_bytes"),
        lambda it: it.mqtt.max_bytes_in_hand < it.mqtt.max_packet_bytes,
        "at least one packet must fit in hand",
    ),
    (
        ("ingest.max_payload_bytes", "mqtt.max_packet_bytes"),
        lambda it: it.ingest.max_payload_bytes > it.mqtt.max_packet_bytes,
        "the broker drops packets above the latter, so a payload must be smaller",
    ),
    *(
        (
            ("mqtt.tls", f"mqtt.{name}"),
            lambda it, name=name: not it.mqtt.tls and getattr(it.mqtt, name) is not None,
            "the file is of no use without TLS; set mqtt.tls",
        )
        for name in ("ca_file", "cert_file", "key_file")
    ),
    (
        ("mqtt.cert_file", "mqtt.key_file"),
        lambda it: it.mqtt.key_file is not None and it.mqtt.cert_file is None,
        "a key is of no use without its certificate; set mqtt.cert_file",
    ),
    *(
        (
            (f"delivery.{name}", "delivery.proxy"),
            lambda it, name=name: bool(getattr(it.delivery, name)) and it.delivery.proxy is None,
            "it is of no use without a proxy; set delivery.proxy",
        )
        for name in ("proxy_credentials", "proxy_resolves")
    ),
    (
        ("delivery.client_cert_file", "delivery.client_key_file"),
        lambda it: it.delivery.client_key_file is not None and it.delivery.client_cert_file is None,
        "a key is of no use without its certificate; set delivery.client_cert_file",
    ),
    (
        ("auth.jwks_url", "auth.issuer"),
        lambda it: it.auth.jwks_url is not None and it.auth.issuer is None,
        "whoever has a key there could issue tokens; set auth.issuer",
    ),
    (
        ("auth.ca_file", "auth.issuer"),
        lambda it: it.auth.ca_file is not None and not it.auth.has_issuer,
        "the file is of no use without an issuer to ask; set auth.issuer to its https:// address",
    ),
    (
        ("auth.console_client_id", "auth.issuer"),
        lambda it: (
            it.auth.console_client_id is not None
            and not (it.auth.issuer or "").startswith(("https://", "http://"))
        ),
        "nobody can sign in without an issuer; set auth.issuer to its https:// address",
    ),
    (
        ("auth.console_scopes",),
        lambda it: "openid" not in it.auth.console_scopes,
        '"openid" must be among the scopes, for the sign-in is OpenID Connect',
    ),
)


def serve_problems(settings: Settings) -> list[str]:
    """Say what keeps valid settings from being enough to serve with."""
    problems = list(certificate_problems(settings.delivery))
    if settings.auth.secret is None and not settings.auth.has_issuer:
        key = keys()["auth.secret"]
        places = f"the settings file, {key.variable}, or a file that auth.secret_file names"
        otherwise = "or set auth.issuer to the address of an OpenID Connect issuer"
        problems.insert(0, f"auth.secret is not set: put {key.allowed} into {places}; {otherwise}")
    if settings.trace.otlp_url is not None and not _can_export_spans():
        problems.append(
            "trace.otlp_url is set, but what it needs is not installed; install"
            " pulse-router[otlp] (the package opentelemetry-proto)"
        )
    return problems


def _can_export_spans() -> bool:
    try:
        return find_spec("opentelemetry.proto.collector.trace.v1") is not None
    except ModuleNotFoundError:  # not even what stands above it
        return False


def warnings(settings: Settings) -> list[str]:
    """Say which settings are taken no notice of, and which are valid and yet risky."""
    found = []
    if settings.nats != attrs.fields_dict(Settings)["nats"].default:
        found.append("nats.* is set, but this version does not relay to NATS yet")
    if settings.ingest.sequence_field and settings.mqtt.share_group is not None:
        found.append(
            "ingest.sequence_field is set, but beside mqtt.share_group nothing is followed: the"
            " broker deals one device's messages to several routers"
        )
    found += [
        f"mqtt.topics: {each!r} matches no topic of a device (tenant/<id>/device/<id>/<type>),"
        " so whatever it brings is refused"
        for each in settings.mqtt.topics
        if not finds_devices(each)
    ]
    if settings.auth.has_issuer:
        found += _issuer_warnings(settings.auth)
    return found + database_warnings(settings.database) + _missing_files(settings)


def _missing_files(settings: Settings) -> list[str]:
    """Name the files that cannot be read now. They may come later: they are read when needed."""
    found = []
    for key in keys().values():
        path = getattr(getattr(settings, key.section), key.name) if key.is_path else None
        try:
            if path is not None:
                path.open("rb").close()
        except OSError as error:
            found.append(f"{key.dotted}: cannot read {path}: {error.strerror}")
    return found


def _issuer_warnings(auth: AuthSettings) -> list[str]:
    found = []
    if auth.audience is None:
        found.append(
            "auth.audience is not set, so a token that the issuer made for any other application"
            " is taken here too"
        )
    for name, url in (("issuer", auth.issuer), ("jwks_url", auth.jwks_url)):
        if (url or "").startswith("http://"):
            found.append(
                f"auth.{name} is not https://, so whoever is on the way there can issue tokens"
            )
    return found
