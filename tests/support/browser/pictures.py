"""Pictures of the console, small: a page has few colours, so 256 of them are enough."""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from playwright.sync_api import Page

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_BY_PALETTE: Final = 3

# The most frequent colours stay, the others take the nearest of them.
_REDUCE: Final = """async (png) => {
  const picture = new Image();
  picture.src = "data:image/png;base64," + png;
  await picture.decode();
  const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
  canvas.drawImage(picture, 0, 0);
  const pixels = new Uint32Array(
    canvas.getImageData(0, 0, picture.width, picture.height).data.buffer);
  const counts = new Map();
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const palette = [...counts].sort((one, other) => other[1] - one[1]).slice(0, 256)
    .map(([colour]) => colour);
  const parts = (colour) => [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
  const far = (one, other) => parts(one).reduce(
    (sum, part, at) => sum + (part - parts(other)[at]) ** 2, 0);
  const index = new Map(palette.map((colour, at) => [colour, at]));
  for (const colour of counts.keys()) {
    if (index.has(colour)) continue;
    let nearest = 0;
    for (let at = 1; at < palette.length; at++)
      if (far(colour, palette[at]) < far(colour, palette[nearest])) nearest = at;
    index.set(colour, nearest);
  }
  const indices = Uint8Array.from(pixels, (colour) => index.get(colour));
  let text = "";
  for (let at = 0; at < indices.length; at += 32768)
    text += String.fromCharCode(...indices.subarray(at, at + 32768));
  return [picture.width, picture.height, palette.flatMap(parts), btoa(text)];
}"""


def take_picture(page: Page, path: Path) -> int:
    """Take a picture of what is seen of a page.

    Returns:
        How many bytes it has.
    """
    reducer = page.context.new_page()  # without a policy, so it may read a picture
    given = base64.b64encode(page.screenshot(caret="hide")).decode()
    width, height, palette, text = reducer.evaluate(_REDUCE, given)
    reducer.close()
    made = _png(width, height, bytes(palette), base64.b64decode(text))
    path.write_bytes(made)
    return len(made)


def _png(width: int, height: int, palette: bytes, indices: bytes) -> bytes:
    lines = (indices[at : at + width] for at in range(0, len(indices), width))
    packed = zlib.compress(b"".join(b"\0" + line for line in lines), 9)
    head = struct.pack(">IIBBBBB", width, height, 8, _BY_PALETTE, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", palette), (b"IDAT", packed), (b"IEND", b""))
    return _SIGNATURE + b"".join(_part(kind, data) for kind, data in parts)


def _part(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
