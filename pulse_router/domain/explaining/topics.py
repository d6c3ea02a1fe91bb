"""Why a topic filter fits a topic or not: the first level that differs (MQTT 5.0, section 4.7)."""

from __future__ import annotations

import attrs

from pulse_router.domain.topics import topic_matches


@attrs.frozen
class TopicVerdict:
    """Whether a topic filter fits a topic, and where it does not.

    Attributes:
        verdict: Whether it fits.
        level: The first level that does not, counted from 1; None where it fits.
        wanted: What the filter has there; None where it has ended.
        found: What the topic has there; None where it has ended.
    """

    verdict: bool
    level: int | None = None
    wanted: str | None = None
    found: str | None = None


def explain_topic(topic_filter: str, topic: str) -> TopicVerdict:
    """Say whether a valid topic filter fits a topic name, and else at which level it differs."""
    if topic_matches(topic_filter, topic):
        return TopicVerdict(verdict=True)
    wanted, found = topic_filter.split("/"), topic.split("/")
    if found[0].startswith("$") and wanted[0] in ("+", "#"):
        return TopicVerdict(False, 1, wanted[0], found[0])
    for number in range(max(len(wanted), len(found))):
        here, there = _level(wanted, number), _level(found, number)
        if here is None or there is None or here not in ("+", there):
            return TopicVerdict(False, number + 1, here, there)
    raise AssertionError((topic_filter, topic))


def say_topic(verdict: TopicVerdict) -> str:
    """Put it into words, such as `level 3 is "device", not "sensor"`."""
    wanted, found = verdict.wanted, verdict.found
    if verdict.verdict:
        return "topic fits"
    if found is None:
        return f'topic does not fit: it ends before level {verdict.level}, "{wanted}"'
    if wanted is None:
        return f'topic does not fit: it goes on at level {verdict.level} with "{found}"'
    if wanted in ("+", "#"):
        return f'topic does not fit: "{wanted}" stands for no level that begins with "$"'
    return f'topic does not fit: level {verdict.level} is "{found}", not "{wanted}"'


def _level(levels: list[str], number: int) -> str | None:
    return levels[number] if number < len(levels) else None
