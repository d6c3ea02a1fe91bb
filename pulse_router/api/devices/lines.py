"""Devices that are registered by the line: how a line is read, and how it is answered."""

from __future__ import annotations

from typing import Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from pulse_router.api.devices.bodies import DeviceBody
from pulse_router.api.requests.json_bodies import read_fields
from pulse_router.api.requests.lines import MAX_LINE_BYTES, Line
from pulse_router.api.requests.problems import FieldFault, Problem
from pulse_router.api.server.problem_body import FaultAnswer

_NULL: Final = b"\\u0000"  # a raw one is no JSON


class DeviceLine(msgspec.Struct):
    """What has become of a line: CREATED, EXISTS (and stays as it was) or REFUSED.

    `provision_token` is there when the device got one, and shown this once.
    """

    line: int
    result: Literal["CREATED", "EXISTS", "REFUSED"]
    device_id: str | UnsetType = UNSET
    provision_token: str | UnsetType = UNSET
    errors: list[FaultAnswer] | UnsetType = UNSET


class RegistrationSummary(msgspec.Struct):
    """The last line. Where `is_complete` is false, `problem` says why, and the rest may be sent."""

    lines: int
    created: int
    existing: int
    refused: int
    is_complete: bool
    problem: str | None


MAX_FAULTS: Final = 3
"""How many faults of a line are told."""


class _Plain(DeviceBody, forbid_unknown_fields=True):
    """A device as nearly every line has it: read at once, and field by field only if that fails."""


_decode_plain: Final = msgspec.json.Decoder(_Plain).decode


def read_line(line: Line) -> DeviceBody | list[FaultAnswer]:
    """Read a line, or say what is wrong with it."""
    if line.is_too_long:
        return whole_line(f"is longer than {MAX_LINE_BYTES} bytes")
    if _NULL not in line.data:
        try:
            return _decode_plain(line.data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # to be told what is wrong with which field
    try:
        value = msgspec.json.decode(line.data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return whole_line(f"is not valid JSON: {error}")
    if not isinstance(value, dict):
        return whole_line("is not a JSON object")
    try:
        return read_fields(DeviceBody, value)
    except Problem as problem:
        return [fault.answer() for fault in problem.faults[:MAX_FAULTS]]


def whole_line(message: str) -> list[FaultAnswer]:
    """Say what is wrong with a line, and with no field of it in particular."""
    return [FieldFault("", message).answer()]
