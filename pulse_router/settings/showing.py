"""Shows the settings that hold, without secrets, and where each comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs

from pulse_router.domain.insight.system import ShownSetting
from pulse_router.settings.schema import Settings
from pulse_router.settings.structure import Key, keys
from pulse_router.settings.values import ClientCertificate

_LOGIN: Final = re.compile(r"(?<=://)[^/?#]*@")
"""A user and a password in a URL, which no setting that is shown is meant to hold."""


def shown_settings(settings: Settings) -> Sequence[ShownSetting]:
    """Show all of them, in the order of the schema."""
    return [_shown(settings, key) for key in keys().values()]


def _shown(settings: Settings, key: Key) -> ShownSetting:
    value = getattr(getattr(settings, key.section), key.name)
    origin = settings.origins.get(key.dotted)
    return ShownSetting(
        key.dotted,
        value=None if key.is_secret else _plain(value),
        is_secret=key.is_secret,
        is_set=value is not None,
        origin="default" if origin is None else origin.kind,
        source=None if origin is None else origin.name,
    )


def _plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Give a value as JSON has it."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, ClientCertificate):
        return _plain(attrs.asdict(value, recurse=False))
    return _LOGIN.sub("********@", str(value))
