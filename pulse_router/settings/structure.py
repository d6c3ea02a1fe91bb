"""Turns what a source gave into typed settings; it knows nothing of files and environments.

Each value is structured and checked by itself, so that every problem is found at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

import attrs
from cattrs import Converter

from pulse_router.settings.fields import ALLOWED, EXACT, PLANNED, SECRET, TIDY
from pulse_router.settings.limits import TenantLimits
from pulse_router.settings.schema import Network, Settings
from pulse_router.settings.values import Bind, ClientCertificate, ClientCertificates

_Hook: TypeAlias = Callable[[object, Any], Any]

_YES = {"true", "1", "yes", "on"}
_NO = {"false", "0", "no", "off"}


@attrs.frozen
class Key:
    """One setting: where it stands, its type, and what it allows."""

    section: str
    name: str
    type: Any
    attribute: attrs.Attribute[Any]

    @property
    def dotted(self) -> str:
        """Its name as messages give it: `mqtt.port`."""
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """Its environment variable: `PULSE_MQTT_PORT`."""
        return f"PULSE_{self.section}_{self.name}".upper()

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        return str(self.attribute.metadata[ALLOWED])

    @property
    def is_secret(self) -> bool:
        """Whether its value must never be shown."""
        return bool(self.attribute.metadata[SECRET])

    @property
    def is_path(self) -> bool:
        """Whether it is the path of a file."""
        return Path in get_args(self.type)

    @property
    def holds_paths(self) -> bool:
        """Whether it is the path of a file, or has some inside."""
        return self.is_path or self.type is ClientCertificates

    @property
    def is_list(self) -> bool:
        """Whether it is several values."""
        return _is_list(self.type)

    @property
    def is_exact(self) -> bool:
        """Whether blanks and quotes around it may be a part of it."""
        return bool(self.attribute.metadata[EXACT])

    def tidy(self, text: str) -> str:
        """Give text in the one form in which the setting is kept."""
        tidy: Callable[[str], str] | None = self.attribute.metadata[TIDY]
        return text if tidy is None else tidy(text)

    @property
    def is_planned(self) -> bool:
        """Whether this version does not act on it yet."""
        return bool(self.attribute.metadata[PLANNED])


@cache
def sections() -> Mapping[str, type[Any]]:
    """The sections' classes by name."""
    return {name: cls for name, cls in get_type_hints(Settings).items() if attrs.has(cls)}


@cache
def keys() -> Mapping[str, Key]:
    """Every setting by its dotted name."""
    found = [
        Key(section, attribute.name, get_type_hints(cls)[attribute.name], attribute)
        for section, cls in sections().items()
        for attribute in attrs.fields(cls)
    ]
    return {key.dotted: key for key in found}


def structure(key: Key, value: object, *, is_text: bool) -> Any:  # noqa: ANN401 - any setting's type
    """Turn a source's value into a setting's.

    Args:
        key: The setting.
        value: What the source gave.
        is_text: Whether the source knows nothing but text, as the environment does.

    Raises:
        ValueError: It is of a wrong type or out of bounds. The message may hold the value.
    """
    converter = _text_converter() if is_text else _toml_converter()
    result = converter.structure(value, key.type)
    if key.attribute.validator is not None:
        key.attribute.validator(None, key.attribute, result)
    return result


def build(values: Mapping[str, Any]) -> Settings:
    """Make the settings of checked values, by dotted name; the rest has its default."""
    built = {
        section: cls(
            **{
                attribute.name: values[f"{section}.{attribute.name}"]
                for attribute in attrs.fields(cls)
                if f"{section}.{attribute.name}" in values
            }
        )
        for section, cls in sections().items()
    }
    return Settings(**built)


def _exactly(wanted: type) -> _Hook:
    def check(value: object, _type: object) -> object:
        if type(value) is not wanted:
            raise ValueError(f"not a {wanted.__name__}")
        return value

    return check


def _number(value: object, _type: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not a number")  # noqa: TRY004 - one error for every wrong value
    return float(value)


def _flag(value: object, _type: object) -> bool:
    word = str(value).strip().lower()
    if word not in _YES | _NO:
        raise ValueError("neither yes nor no")
    return word in _YES


def _literal(value: object, literal: object) -> object:
    if not isinstance(value, str) or value not in get_args(literal):
        raise ValueError("not one of the words")
    return value


def _from_text(make: Callable[[str], object]) -> _Hook:
    def convert(value: object, _type: object) -> object:
        if not isinstance(value, str) or not value or "\0" in value:
            raise ValueError("not text")
        return make(value)

    return convert


def _list(converter: Converter) -> _Hook:
    def convert(value: object, wanted: object) -> tuple[object, ...]:
        if not isinstance(value, list):
            raise ValueError("not a list")  # noqa: TRY004 - one error for every wrong value
        return tuple(converter.structure(each, get_args(wanted)[0]) for each in value)

    return convert


def _comma_separated(converter: Converter) -> _Hook:
    convert = _list(converter)

    def split(value: object, wanted: object) -> object:
        parts = (part.strip() for part in str(value).split(","))
        return convert([part for part in parts if part], wanted)

    return split


def _is_list(wanted: object) -> bool:
    return get_origin(wanted) is tuple


def _certificates(value: object, _type: object) -> ClientCertificates:
    if not isinstance(value, dict):
        raise ValueError("no table")  # noqa: TRY004 - one error for every wrong value
    return ClientCertificates({name: ClientCertificate.read(it) for name, it in value.items()})


def _certificates_of_text(value: object, _type: object) -> ClientCertificates:
    pairs = [part.strip().partition("=") for part in str(value).split(",") if part.strip()]
    return ClientCertificates({name: ClientCertificate.parse(it) for name, _, it in pairs})


def _tenant_limits(value: object, _type: object) -> TenantLimits:
    return TenantLimits.read(value)


def _is_literal(wanted: object) -> bool:
    return get_origin(wanted) is Literal


def _common_converter() -> Converter:
    converter = Converter(detailed_validation=False)
    converter.register_structure_hook(str, _exactly(str))
    converter.register_structure_hook(Network, _from_text(ip_network))
    converter.register_structure_hook(Bind, _from_text(Bind.parse))
    converter.register_structure_hook(Path, _from_text(Path))
    converter.register_structure_hook_func(_is_literal, _literal)
    return converter


@cache
def _toml_converter() -> Converter:
    converter = _common_converter()
    converter.register_structure_hook(int, _exactly(int))
    converter.register_structure_hook(bool, _exactly(bool))
    converter.register_structure_hook(float, _number)
    converter.register_structure_hook_func(_is_list, _list(converter))
    converter.register_structure_hook(ClientCertificates, _certificates)
    converter.register_structure_hook(TenantLimits, _tenant_limits)
    return converter


@cache
def _text_converter() -> Converter:
    converter = _common_converter()
    converter.register_structure_hook(int, _from_text(int))
    converter.register_structure_hook(float, _from_text(float))
    converter.register_structure_hook(bool, _flag)
    converter.register_structure_hook_func(_is_list, _comma_separated(converter))
    converter.register_structure_hook(ClientCertificates, _certificates_of_text)
    converter.register_structure_hook(TenantLimits, _from_text(TenantLimits.parse))
    return converter
