"""What a destination may say of its bodies: format, template, content type; and its secrets.

It knows the forms of bodies that templates make, and no destination.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import attrs

from pulse_router.domain.config_fields import FieldReader, Problem
from pulse_router.domain.templates.limits import TemplateFault
from pulse_router.domain.templates.rendering import Template, compile_json, compile_text

TEMPLATE: Final = "template"
TEXT: Final = "text"
TEMPLATED: Final = (TEMPLATE, TEXT)
"""The formats that take a template."""
SECRETS_FIELD: Final = "template_secrets"
MAX_SECRETS: Final = 5
MIN_SECRET_LENGTH: Final = 4
"""Shorter ones could not be told from other text, and masked, in what an endpoint says."""
MAX_SECRET_LENGTH: Final = 500
JSON_TYPE: Final = "application/json"
DEFAULT_TEXT_TYPE: Final = "text/plain; charset=utf-8"

_SECRET_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_TOKEN: Final = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"  # noqa: S105 - RFC 9110, section 5.6.2
_CONTENT_TYPE: Final = re.compile(
    rf'{_TOKEN}/{_TOKEN}(?:\s?;\s?{_TOKEN}=(?:{_TOKEN}|"[\x20\x21\x23-\x5b\x5d-\x7e]*"))*'
)
_MAX_CONTENT_TYPE: Final = 200


@attrs.frozen
class BodyShape:
    """How bodies look: a format by name, and the template of one that has it."""

    format: str
    template: Template | None = None
    content_type: str | None = None


RAW: Final = BodyShape("raw")
"""The device's JSON as it is."""


def read_shape(
    reader: FieldReader, formats: Sequence[str], secrets: Collection[str] = ()
) -> BodyShape:
    """Read `format`, `template` and `content_type`; faults are noted in the reader.

    Args:
        reader: The configuration of a destination.
        formats: What it may have; the first is the default.
        secrets: The names of the template secrets.
    """
    name = reader.choice("format", formats[0], formats)
    template, content_type = reader.value(TEMPLATE), reader.value("content_type")
    if content_type is not None and name != TEXT:
        reader.fault("content_type", f"belongs to the format {TEXT} alone")
    if name not in TEMPLATED:
        if template is not None:
            reader.fault(TEMPLATE, f"belongs to the formats {' and '.join(TEMPLATED)}")
        return BodyShape(name)
    content_type = _read_content_type(reader, content_type) if name == TEXT else JSON_TYPE
    if template is None or (name == TEXT and not isinstance(template, str)):
        kind = "a string" if name == TEXT else "a JSON value"
        reader.fault(TEMPLATE, f"is required: {kind} with placeholders, like {{{{ device_id }}}}")
        return BodyShape(name)
    compile_ = compile_text if name == TEXT else compile_json
    try:
        return BodyShape(name, compile_(template, secrets), content_type)
    except TemplateFault as fault:
        reader.fault(".".join(filter(None, (TEMPLATE, fault.path))), str(fault))
        return BodyShape(name)


def _read_content_type(reader: FieldReader, value: Any) -> str:  # noqa: ANN401 - a JSON value
    if value is None:
        return DEFAULT_TEXT_TYPE
    if (
        isinstance(value, str)
        and len(value) <= _MAX_CONTENT_TYPE
        and _CONTENT_TYPE.fullmatch(value)
    ):
        return value
    reader.fault("content_type", f"must be a media type, like {DEFAULT_TEXT_TYPE}")
    return DEFAULT_TEXT_TYPE


def read_secrets(
    value: object, kept: Mapping[str, str], mask: str
) -> tuple[Mapping[str, str], list[Problem]]:
    """Read `template_secrets` as a client wrote them.

    Args:
        value: The field; None where it is absent.
        kept: Those that the route has now.
        mask: What stands for one of them, to keep it.

    Returns:
        The secrets by name, and what is wrong.
    """
    if value is None:
        return {}, []
    if not isinstance(value, Mapping):
        return {}, [(SECRETS_FIELD, "must be an object: the secrets by name")]
    problems: list[Problem] = []
    if len(value) > MAX_SECRETS:
        problems.append((SECRETS_FIELD, f"must not be more than {MAX_SECRETS}"))
    found: dict[str, str] = {}
    for name, secret in value.items():
        path = f"{SECRETS_FIELD}.{name}"
        if not _SECRET_NAME.fullmatch(name):
            problems.append((path, "must have a name of letters, digits and _, 64 at most"))
        elif secret == mask:
            if name in kept:
                found[name] = kept[name]
            else:
                problems.append((path, "is a mask, but there is no such secret to keep"))
        elif (
            not isinstance(secret, str)
            or not MIN_SECRET_LENGTH <= len(secret) <= MAX_SECRET_LENGTH
            or _UNPRINTABLE.search(secret)
        ):
            allowed = f"must have {MIN_SECRET_LENGTH} to {MAX_SECRET_LENGTH} printable characters"
            problems.append((path, allowed))
        else:
            found[name] = secret
    return found, problems
