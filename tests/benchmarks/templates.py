"""What bodies of the user's shape cost: `python -m tests.benchmarks.templates`, or `make bench`.

Microseconds of CPU for one body, the reading of the payload included, and milliseconds to compile;
bodies as the documentation has them, for a message with eight metrics.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any, Final

import msgspec

from pulse_router.domain.templates.rendering import Template, compile_json, compile_text
from tests.support.documents import examples
from tests.support.templates import SENDER, subject

TARGET_MICROSECONDS: Final = 20.0
TARGET_MILLISECONDS: Final = 0.8
RENDERED: Final = 5_000
COMPILED: Final = 100
ONE_LINE: Final = "{{ route.name }}: {{ device_id }} is at {{ metrics.temperature | round(1) }} °C"
PROJECTION: Final = {
    "id": "{{ device_id }}",
    "temp_f": "{{ metrics.temperature * 1.8 + 32 }}",
    "state": "{{ 'hot' if temperature > 80 else 'ok' }}",
}


def message() -> dict[str, Any]:
    """A message of a usual size."""
    others = {f"metric_{number}": number * 1.5 for number in range(7)}
    return {"site_id": "SITE-1", "metrics": {"temperature": 90.53, **others}}


def templates() -> dict[str, tuple[Any, Callable[..., Template]]]:
    """The templates by name, and what compiles each."""
    found: dict[str, tuple[Any, Callable[..., Template]]] = {
        "Slack, one line": ({"text": ONE_LINE}, compile_json),
        "projection": (PROJECTION, compile_json),
        "payload in an envelope": (
            {"device": "{{ device_id }}", "data": "{{ payload }}"},
            compile_json,
        ),
    }
    for each in examples("templates.md", "json"):
        config = msgspec.json.decode(each.text)
        is_text = config["format"] == "text"
        found[f"docs: {each.heading}"] = (
            config["template"],
            compile_text if is_text else compile_json,
        )
    return found


def seconds_each(work: Callable[[], object], times: int) -> float:
    """CPU seconds of one call, on average over many."""
    began = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - began) / times


def run(*, rounds: int) -> None:
    """Measure and print; the median of the rounds counts."""
    print("\nTemplates, µs of CPU a body and ms to compile (medians)")
    secrets = {"routing_key": "R0123456789ABCDEF0123456789ABCDE"}
    at_hand = subject(message())
    for name, (template, compile_) in templates().items():
        compiled = compile_(template, secrets)

        def render(compiled: Template = compiled) -> object:
            return compiled.render(at_hand, SENDER, secrets)

        def compile_again(template: Any = template, compile_: Any = compile_) -> object:
            return compile_(template, secrets)

        body = statistics.median(seconds_each(render, RENDERED) for _ in range(rounds)) * 1e6
        made = statistics.median(seconds_each(compile_again, COMPILED) for _ in range(rounds)) * 1e3
        is_kept = body <= TARGET_MICROSECONDS and made <= TARGET_MILLISECONDS
        print(
            f"  {name:24} {body:6.1f} µs  {made:5.2f} ms  {'' if is_kept else 'ABOVE THE TARGET'}"
        )
    decode = statistics.median(
        seconds_each(lambda: msgspec.json.decode(at_hand.delivery.payload), RENDERED)
        for _ in range(rounds)
    )
    print(f"  {'of it: reading the payload':24} {decode * 1e6:4.1f} µs")


if __name__ == "__main__":
    run(rounds=3)
