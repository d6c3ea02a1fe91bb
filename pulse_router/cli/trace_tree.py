"""Draws traces and timelines for people; prints nothing, and knows no router."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pulse_router.cli.tables import GAP, cell, printable, table

_MARKS: Final[Mapping[str, str]] = {
    "delivered": "✓",
    "replayed": "✓",
    "pending": "…",
    "failed": "✗",
    "discarded": "✗",
}
_UNMATCHED: Final = "-"


def draw_trace(told: Mapping[str, Any]) -> str:
    """Draw a trace: the way of the message, and a branch for each route."""
    lines = [f"{told['topic'] or 'a message'}{GAP}{_number(told)}", _device(told["device"])]
    *steps, end = told["steps"]
    lines += [f"● {_at(step['at'])}{printable(step['text'])}" for step in steps]
    routes = told["routes"]
    width = max((len(_title(route)) for route in routes), default=0)
    for place, route in enumerate(routes):
        is_last = place == len(routes) - 1
        lines.append(
            f"{'└' if is_last else '├'}─ {_mark(route)} {_title(route).ljust(width)}"
            f"{GAP}{printable(route['text'])}"
        )
        lines += [f"{' ' if is_last else '│'}    {line}" for line in _details(route)]
    lines.append(f"■ {printable(end['text'])}")
    return "\n".join(lines)


def draw_timeline(told: Mapping[str, Any]) -> str:
    """Draw a device's timeline, newest first."""
    lines = []
    for entry in told["entries"]:
        mark = "●" if entry["kind"] == "message" else "✗"
        lines.append(f"{mark} {entry['at']}{GAP}{entry['id']}{GAP}{printable(entry['text'])}")
        deliveries = entry["deliveries"]
        for place, delivery in enumerate(deliveries):
            branch = "└" if place == len(deliveries) - 1 else "├"
            mark = _MARKS[delivery["state"]]
            told_of = f"#{delivery['route_id']}{GAP}{printable(delivery['text'])}"
            lines.append(f"{branch}─ {mark} {told_of}")
    if not lines:
        return f"nothing came of {told['device_id']}"
    if told["next"] is not None:
        lines.append(f"older entries: GET …/devices/{told['device_id']}/timeline")
    return "\n".join(lines)


def _number(told: Mapping[str, Any]) -> str:
    if told["kind"] == "rejected_message":
        return f"refused message {told['id']}"
    if told["kind"] == "delivery":
        message = told["message"]
        return f"delivery {told['id']}" + (f" of message {message['id']}" if message else "")
    return f"message {told['id']}"


def _device(device: Mapping[str, Any]) -> str:
    name = cell(device["device_id"])
    if not device["is_registered"]:
        return f"device {name}: not registered now"
    site = "" if device["site_id"] is None else f", of site {printable(device['site_id'])}"
    return f"device {name}: {device['status']}{site} now"


def _at(time: str | None) -> str:
    return "" if time is None else f"{time}{GAP}"


def _title(route: Mapping[str, Any]) -> str:
    name = "" if route["name"] is None else f"{printable(route['name'])} "
    return f"{name}(#{route['route_id']})"


def _mark(route: Mapping[str, Any]) -> str:
    if route["deliveries"]:
        return _MARKS[route["deliveries"][-1]["state"]]
    if route["differs"]:
        return "!"
    then = route["then"]
    if then["told_by"] != "refusal" and then["matched"] != "false":
        return "✓" if route["destination_type"] == "postgresql" else "?"
    return _UNMATCHED


def _details(route: Mapping[str, Any]) -> Sequence[str]:
    """Tell attempts and changes of a route, each on a line."""
    lines: list[str] = []
    for delivery in route["deliveries"]:
        lines.append(f"webhook-id {delivery['id']}")
        attempts = [
            [
                attempt["at"],
                attempt["status"],
                f"{attempt['duration_seconds']:.3f} s",
                _error(attempt),
            ]
            for attempt in delivery["history"]
        ]
        if delivery["milliseconds"] is not None:
            took = f"{delivery['milliseconds'] / 1000:.3f} s"
            attempts.append([delivery["ended_at"], delivery["status"], took, "delivered"])
        if attempts:
            lines += table(["attempt", "status", "took", ""], attempts, width=None).splitlines()
    for change in route["changes"]:
        what = f" {', '.join(change['changed'])}" if change["changed"] else ""
        lines.append(
            f"{change['at']}{GAP}{change['kind']}{what} by {cell(change['by'] or change['actor'])}"
        )
    return lines


def _error(attempt: Mapping[str, Any]) -> str:
    pushed = f" (pushed back {attempt['pushbacks']} times)" if attempt["pushbacks"] else ""
    return f"{attempt['error'] or 'succeeded'}{pushed}"
