"""A small build of the console, for tests of how it is served."""

from __future__ import annotations

import gzip
from pathlib import Path

SCRIPT = b"export const greeting = 'hello';\n" * 20
PAGE = (
    b'<!doctype html><html lang="en" data-base="{base}"><link rel="stylesheet"'
    b' href="{base}assets/theme-A1.css"><script type="module" src="{base}assets/main-B2.js">'
    b"</script></html>"
)


def write_build(folder: Path, *, page: bytes = PAGE) -> Path:
    """Write what `make console` would, in small."""
    assets = folder / "assets"
    assets.mkdir(parents=True, exist_ok=True)
    (assets / "main-B2.js").write_bytes(SCRIPT)
    (assets / "main-B2.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "theme-A1.css").write_bytes(b":root { color-scheme: light dark; }")
    (folder / "index.html").write_bytes(page)
    return folder
