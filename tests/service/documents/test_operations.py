"""What docs/operations.md lists, held against a running router; and the links of all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from pulse_router.router import READY_PARTS
from tests.support.commands.router import World
from tests.support.documents import DOCS
from tests.support.waiting import wait_until

ROOT = DOCS.parent
DOCUMENTS = [
    *sorted(DOCS.glob("*.md")),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
]


def first_cells(heading: str) -> Iterator[str]:
    """The first cells of the table's rows under a heading."""
    text = (DOCS / "operations.md").read_text()
    section = re.split(r"^#+ ", text.split(f" {heading}\n")[1], flags=re.MULTILINE)[0]
    for line in section.splitlines():
        if line.startswith("| `"):
            yield line.split("|")[1]


def names(heading: str) -> list[str]:
    """The names in the first cells of that table."""
    return [name for cell in first_cells(heading) for name in re.findall(r"`([^`]+)`", cell)]


async def test_the_metrics_and_figures_that_are_listed_are_those_that_there_are(
    world: World,
) -> None:
    world.add_webhook("http://127.0.0.1:9/hook")
    world.broker.configure("sys_interval 1")
    await trio.to_thread.run_sync(world.broker.stop)
    await trio.to_thread.run_sync(world.broker.start)
    world.router.environment["PULSE_INGEST_SEQUENCE_FIELD"] = "seq"
    world.router.environment["PULSE_TRACE_OTLP_URL"] = "http://127.0.0.1:9"
    await world.router.start_and_wait()

    def health_is_whole() -> bool:  # the broker has told what it drops
        answer = world.router.get("/health")
        return answer is not None and None not in answer.json()["upstream"].values()

    await wait_until(health_is_whole)
    metrics, health = world.router.get("/metrics"), world.router.get("/health")
    assert metrics is not None
    assert health is not None
    found = re.findall(r"^# TYPE (\w+) ", metrics.text, re.MULTILINE)
    listed = names("Metrics")
    assert sorted(listed) == sorted(found)
    assert set(names("What `/health` says")) == health.json().keys() - {"status"}


def test_the_parts_that_are_listed_are_those_that_ready_knows() -> None:
    assert sorted(names("How it does")) == sorted([*READY_PARTS, "/ready", "/health", "/metrics"])


def anchor(heading: str) -> str:
    """The anchor that a heading gets where Markdown is shown."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_what_there_is(document: Path) -> None:
    text = document.read_text()
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("http"):
            continue
        name, _, wanted = target.partition("#")
        file = document.parent / name if name else document
        assert file.exists(), target
        if wanted:
            headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
            assert wanted in map(anchor, headings), target
