"""Where a route republishes: its topic, a template, and the fence that keeps it in its tenant.

Pure. It knows nothing of brokers or packets.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import attrs

from pulse_router.domain.config_fields import FieldReader
from pulse_router.domain.lanes.settings import LaneSettings, read_lane_settings
from pulse_router.domain.templates.bodies import RAW, BodyShape, read_shape
from pulse_router.domain.topics import ID_PATTERN

PLACEHOLDERS: Final = ("tenant_id", "device_id", "msg_type", "site_id")
HOPS_PROPERTY: Final = "pulse-hops"
"""The user property that marks what a router has published itself."""

MAX_TEMPLATE_LENGTH: Final = 200
MAX_TOPIC_BYTES: Final = 65_535
MAX_QOS: Final = 2
DEFAULT_QOS: Final = 1
FORMATS: Final = ("raw", "template", "text")
_MAX_SHOWN: Final = 64

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_UNFIT: Final = re.compile(
    "[\0-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
    )
    + "]"
)
"""What no topic may hold, or should not (MQTT 5.0, section 1.5.4): brokers end the connection."""


class TopicError(ValueError):
    """A topic cannot be made for a message, or lies outside of the fence; says why."""


@attrs.frozen
class Fence:
    """What a tenant's routes are held to: its own topics, and what the operator allows beside.

    Args:
        tenant_id: Whose routes.
        allowed_prefixes: Beginnings of topics that the operator allows to all tenants; each ends
            with a slash, and `{tenant_id}` in it stands for the tenant.
        client_certificates: The names of the certificates that its webhooks may show.

    Attributes:
        prefixes: With what a topic may begin; none when the tenant's id cannot stand in a topic.
    """

    tenant_id: str
    allowed_prefixes: Sequence[str] = ()
    client_certificates: Collection[str] = ()

    prefixes: tuple[str, ...] = attrs.field(init=False)

    @prefixes.default
    def _find_prefixes(self) -> tuple[str, ...]:
        if not ID_PATTERN.fullmatch(self.tenant_id):
            return ()
        others = (one.replace("{tenant_id}", self.tenant_id) for one in self.allowed_prefixes)
        return (f"tenant/{self.tenant_id}/", *others)

    def encloses(self, beginning: str) -> bool:
        """Tell whether every topic that begins so lies inside."""
        return beginning.startswith(self.prefixes)

    @property
    def sentence(self) -> str:
        """Say where a topic may lie."""
        if not self.prefixes:
            return "is not possible, as the tenant's id cannot stand in a topic"
        return f"must begin with {' or '.join(self.prefixes)}"


NOWHERE: Final = Fence("")
"""Encloses no topic at all."""


@attrs.frozen
class TopicTemplate:
    """A checked template: literals and placeholders in turns, a literal first and last."""

    literals: Sequence[str]
    names: Sequence[str]

    def beginning(self, tenant_id: str) -> str:
        """Give what every rendered topic begins with, for a tenant's messages."""
        beginning = self.literals[0]
        for name, literal in zip(self.names, self.literals[1:], strict=True):
            if name != "tenant_id":
                break
            beginning += tenant_id + literal
        return beginning

    def render(self, values: Mapping[str, str]) -> str:
        """Put the values of a message in.

        Args:
            values: A value for each of `names`, as far as the message has one.

        Raises:
            TopicError: One is missing or cannot be a part of a topic's level.
        """
        for name in self.names:
            _check_value(name, values.get(name, ""))
        parts = [self.literals[0]]
        for name, literal in zip(self.names, self.literals[1:], strict=True):
            parts += (values[name], literal)
        topic = "".join(parts)
        if len(topic.encode()) > MAX_TOPIC_BYTES:
            raise TopicError(f"the topic is longer than {MAX_TOPIC_BYTES} bytes")
        return topic


@attrs.frozen
class RepublishConfig:
    """A valid `mqtt_republish` destination."""

    template: TopicTemplate
    qos: int = DEFAULT_QOS
    retain: bool = False
    body: BodyShape = RAW


def parse_template(text: str) -> TopicTemplate:
    """Read a topic template.

    Raises:
        ValueError: What is wrong with it, in a sentence.
    """
    if not 1 <= len(text) <= MAX_TEMPLATE_LENGTH:
        raise ValueError(f"must have 1 to {MAX_TEMPLATE_LENGTH} characters")
    pieces = _PLACEHOLDER.split(text)
    literals, names = pieces[::2], pieces[1::2]
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    for name in names:
        if name not in PLACEHOLDERS:
            raise ValueError(f"has the unknown placeholder {{{name}}}; known are {known}")
    for literal in literals:
        if set(literal) & {"{", "}"}:
            raise ValueError(f"has a lone brace; braces stand around placeholders only: {known}")
        if set(literal) & {"+", "#"}:
            raise ValueError("must not hold the wildcards + and #: it is one topic, not a filter")
        if _UNFIT.search(literal):
            raise ValueError("must not hold control characters or characters that Unicode reserves")
    if "" in text.split("/"):
        raise ValueError("must not have empty levels: no slash first, last, or beside another")
    return TopicTemplate(tuple(literals), tuple(names))


def is_prefix(text: str) -> bool:
    """Tell whether an operator may allow topics that begin so.

    Topics of tenants are not the operator's to give away: each has its own, and no other's.
    """
    if not text.endswith("/") or text.startswith(("$", "tenant/")):
        return False
    try:
        template = parse_template(f"{text}x")
    except ValueError:
        return False
    return set(template.names) <= {"tenant_id"}


def read_republish(reader: FieldReader, fence: Fence) -> RepublishConfig | None:
    """Read a `destination_config`; every fault is noted in the reader.

    What it says of its lane is checked only: that is the lane's to know.

    Args:
        reader: The configuration.
        fence: Where the route may publish.

    Returns:
        The configuration, or None when its topic is not valid.
    """
    text = reader.value("topic")
    template: TopicTemplate | None = None
    if not isinstance(text, str):
        reader.fault("topic", "is required: an MQTT topic, like tenant/{tenant_id}/alerts")
    else:
        try:
            template = parse_template(text)
        except ValueError as error:
            reader.fault("topic", str(error))
    if template is not None and not fence.encloses(template.beginning(fence.tenant_id)):
        reader.fault("topic", fence.sentence)
        template = None
    qos = reader.integer("qos", DEFAULT_QOS, low=0, high=MAX_QOS)
    retain = reader.boolean("retain", default=False)
    body = read_shape(reader, FORMATS)
    read_lane_settings(reader, LaneSettings())
    reader.refuse_unknown()
    return None if template is None else RepublishConfig(template, qos, retain, body)


def _check_value(name: str, value: str) -> None:
    """Check that a value stays within its level: devices have a say in some of them."""
    if not value:
        raise TopicError(f"the message has no {name}, which its topic needs")
    if set(value) & {"/", "+", "#"} or _UNFIT.search(value):
        shown = value if len(value) <= _MAX_SHOWN else f"{value[:_MAX_SHOWN]}…"
        raise TopicError(
            f"the {name} {shown!r} cannot stand in a topic: it must not hold / + # or control "
            "characters"
        )
