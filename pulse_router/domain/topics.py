"""MQTT topics and topic filters (MQTT 5.0, section 4.7), and an index of filters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")

MAX_FILTER_LENGTH: Final = 200
ID_PATTERN: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
"""What a tenant, device or message type id looks like (use fullmatch)."""
ID_RULE: Final = "1 to 128 characters of A-Z a-z 0-9 _ . : -"
"""The same in words."""

_DEVICE_TOPIC: Final = re.compile(
    r"tenant/([A-Za-z0-9_.:-]{1,128})/device/([A-Za-z0-9_.:-]{1,128})/([A-Za-z0-9_.:-]{1,128})"
)


_SOME_DEVICE: Final = ("tenant", "t", "device", "d", "m")


class DeviceTopic(NamedTuple):
    """The parts of `tenant/{tenant_id}/device/{device_id}/{msg_type}`."""

    tenant_id: str
    device_id: str
    msg_type: str


def parse_device_topic(topic: str) -> DeviceTopic | None:
    """Take a device's topic apart.

    Returns:
        Its parts, or None when the topic has another form.
    """
    found = _DEVICE_TOPIC.fullmatch(topic)
    return None if found is None else DeviceTopic(*found.groups())


def finds_devices(topic_filter: str) -> bool:
    """Tell whether a valid topic filter matches the topic of any device at all."""
    levels = topic_filter.split("/")
    for depth, level in enumerate(levels):
        if level == "#":
            levels[depth:] = _SOME_DEVICE[depth:]
            break
        if level == "+" and depth < len(_SOME_DEVICE):
            levels[depth] = _SOME_DEVICE[depth]
    return parse_device_topic("/".join(levels)) is not None


def check_topic_filter(topic_filter: str) -> None:
    """Check a topic filter by the rules of MQTT 5.0, section 4.7.1.

    Raises:
        ValueError: What is wrong with it, in a sentence.
    """
    if not 1 <= len(topic_filter) <= MAX_FILTER_LENGTH:
        raise ValueError(f"must have 1 to {MAX_FILTER_LENGTH} characters")
    if "\0" in topic_filter:
        raise ValueError("must not contain the null character")
    levels = topic_filter.split("/")
    for number, level in enumerate(levels, start=1):
        if "#" in level and (level != "#" or number != len(levels)):
            raise ValueError("'#' must stand alone in the last level")
        if "+" in level and level != "+":
            raise ValueError("'+' must stand alone in its level")


def topic_matches(topic_filter: str, topic: str) -> bool:
    """Tell whether a valid topic filter matches a topic name.

    A filter that begins with a wildcard does not match topics that begin with `$`
    (MQTT 5.0, section 4.7.2).
    """
    index: TopicIndex[bool] = TopicIndex()
    index.add(topic_filter, True)
    return bool(index.match(topic))


class _Level(Generic[T]):
    __slots__ = ("children", "here", "parent_and_below")

    def __init__(self) -> None:
        self.children: dict[str, _Level[T]] = {}
        self.here: list[T] = []
        self.parent_and_below: list[T] = []

    @property
    def is_used(self) -> bool:
        """Whether anything is at this level or below."""
        return bool(self.here or self.parent_and_below or self.children)


class TopicIndex(Generic[T]):
    """A trie of topic filters: the cost of a match depends on what matches, not on the total."""

    __slots__ = ("_root",)

    def __init__(self) -> None:
        self._root: _Level[T] = _Level()

    def add(self, topic_filter: str, value: T) -> None:
        """Add a value under a filter that `check_topic_filter` has accepted."""
        levels = topic_filter.split("/")
        below = levels[-1] == "#"
        if below:
            levels.pop()
        at = self._root
        for level in levels:
            at = at.children.setdefault(level, _Level())
        (at.parent_and_below if below else at.here).append(value)

    def remove(self, topic_filter: str, value: T) -> None:
        """Remove a value that was added under a filter: that very object.

        Raises:
            KeyError: It is not there.
        """
        levels = topic_filter.split("/")
        below = levels[-1] == "#"
        if below:
            levels.pop()
        way = [self._root]
        for level in levels:
            way.append(way[-1].children[level])
        group = way[-1].parent_and_below if below else way[-1].here
        # By identity: to compare one with each of the others would cost much more.
        at = next((place for place, one in enumerate(group) if one is value), None)
        if at is None:
            raise KeyError(topic_filter)
        del group[at]
        for depth in range(len(levels), 0, -1):
            if way[depth].is_used:
                break
            del way[depth - 1].children[levels[depth - 1]]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return not self._root.is_used

    def match(self, topic: str) -> list[T]:
        """Find the values of all filters that match a topic name, in no particular order."""
        return [value for group in self._walk(topic.split("/")) for value in group]

    def _walk(self, levels: list[str]) -> Iterator[list[T]]:
        hidden = levels[0].startswith("$")
        at = [self._root]
        for depth, name in enumerate(levels):
            wildcards = depth > 0 or not hidden
            following: list[_Level[T]] = []
            for level in at:
                if wildcards:
                    yield level.parent_and_below
                    if (plus := level.children.get("+")) is not None:
                        following.append(plus)
                if (exact := level.children.get(name)) is not None:
                    following.append(exact)
            at = following
        for level in at:
            yield level.here
            yield level.parent_and_below
