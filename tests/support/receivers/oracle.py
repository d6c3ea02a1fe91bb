"""What must be made of the bytes that a server says: told by a simple reading of its own."""

from __future__ import annotations

from pulse_router.webhook.answers import MAX_HEAD_BYTES


def expected_status(said: bytes) -> int | None:
    """Tell the status that counts: that of the first whole head that is not interim.

    Args:
        said: All that came.

    Returns:
        None where there is none, or where it is in doubt where its body ends.
    """
    place = 0
    while True:
        while said[place : place + 1] in (b" ", b"\t", b"\r", b"\n"):
            place += 1
        end = _blank_line(said, place)
        if end is None or end > MAX_HEAD_BYTES:
            return None
        lines = _unfolded(said[place:end])
        place = end
        status = _status(lines[0])
        if status is None or status == 101 or not 100 <= status < 200:
            break
    return None if status is None or _is_doubtful(lines[1:]) else status


def _blank_line(said: bytes, place: int) -> int | None:
    """Find where the first blank line ends."""
    start = said.find(b"\n", place)
    while start >= 0:
        for blank in (b"\n", b"\r\n", b"\r\r\n"):
            if said.startswith(blank, start + 1):
                return start + 1 + len(blank)
        start = said.find(b"\n", start + 1)
    return None


def _unfolded(head: bytes) -> list[bytes]:
    lines: list[bytes] = []
    for line in head.split(b"\n"):
        if lines and line[:1] in (b" ", b"\t"):
            lines[-1] = lines[-1].rstrip(b"\r") + b" " + line.lstrip(b" \t")
        else:
            lines.append(line)
    return [line.rstrip(b"\r") for line in lines]


def _status(line: bytes) -> int | None:
    protocol, _, rest = line.replace(b"\t", b" ").partition(b" ")
    name, _, version = protocol.upper().partition(b"/")
    figures = rest.lstrip(b" ").split(b" ")[0]
    is_version = version.isdigit() and len(version) == 1
    is_version |= (
        len(version) == 3 and (version[:1] + version[2:]).isdigit() and version[1:2] == b"."
    )
    if name != b"HTTP" or not is_version or len(figures) != 3 or not figures.isdigit():
        return None
    return int(figures) if figures[:1] != b"0" else None


def _is_doubtful(lines: list[bytes]) -> bool:
    """Tell whether it is said in two ways, or in none that can be read, where the body ends."""
    fields = [line.split(b":", 1) for line in lines if b":" in line]
    named = [(name.strip().lower(), value.strip()) for name, value in fields]
    lengths = {value for name, value in named if name == b"content-length"}
    codings = [value.lower() for name, value in named if name == b"transfer-encoding"]
    is_coded = any(coding != b"identity" for coding in codings)
    if len(lengths) > 1 or (lengths and is_coded):
        return True
    return any(not length.isdigit() for length in lengths)
