"""What was built of the console, read into memory; it knows no HTTP server and no path above it.

A build is a page, `index.html`, and files under `assets/` whose names carry hashes of what is in
them, each with a `.gz` beside it. Browsers take no Brotli over plain HTTP.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs

FOLDER: Final = Path(__file__).parent / "dist"
"""Where the build lies, in a source tree as in an installation."""

PAGE: Final = "index.html"
ASSETS: Final = "assets"
BASE: Final = b"{base}"
"""Stands in the page wherever the way to the console's root belongs."""

MAX_DEPTH: Final = 8
"""How many levels below the console's root a page may be; none of ours is so deep."""

_WATCHED: Final = ".watched"
_KINDS: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
}
_PAGE_KIND: Final = "text/html; charset=utf-8"
_OTHER_KIND: Final = "application/octet-stream"


@attrs.frozen
class File:
    """A file, as it is and, where that is there, compressed with gzip."""

    data: bytes = attrs.field(repr=False)
    gzipped: bytes | None = attrs.field(repr=False)
    content_type: str
    etag: str = attrs.field(init=False)

    @etag.default
    def _digest(self) -> str:
        return f'"{hashlib.sha256(self.data).hexdigest()[:32]}"'


class Site:
    """A build in memory.

    Args:
        page: The page, with `{base}` for the way to the console's root.
        files: The files under `assets/`, by name.
    """

    def __init__(self, page: bytes, files: Mapping[str, File]) -> None:
        self._page = page
        self._files = files
        self._pages: dict[str, File] = {}

    def file(self, name: str) -> File | None:
        """Give a file of `assets/`; None where there is none of that name."""
        return self._files.get(name)

    def page(self, below: str | None) -> File | None:
        """Give the page for an address, so that what it names is found from there.

        Args:
            below: The rest of the path behind `…/console/`; None for `…/console` itself.

        Returns:
            The page; None where no page of the console is so deep.
        """
        depth = 0 if below is None else below.count("/")
        if depth > MAX_DEPTH:
            return None
        base = "console/" if below is None else "../" * depth or "./"
        if base not in self._pages:
            data = self._page.replace(BASE, base.encode())
            self._pages[base] = File(data, gzip.compress(data, mtime=0), _PAGE_KIND)
        return self._pages[base]


class SiteFolder:
    """The folder of a build. It is read once; a missing build is looked for at each asking.

    Where a watching build writes there (it says so by the file `.watched`), the folder is read
    again whenever the page has changed.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._is_watched = (folder / _WATCHED).exists()
        self._read_at_ns = 0
        self._site: Site | None = None
        self.current()

    def current(self) -> Site | None:
        """Give what was built; None where nothing was."""
        if self._site is None or self._is_watched:
            self._look()
        return self._site

    def _look(self) -> None:
        try:
            changed_at_ns = (self._folder / PAGE).stat().st_mtime_ns
            if changed_at_ns != self._read_at_ns:
                self._site, self._read_at_ns = read_site(self._folder), changed_at_ns
        except FileNotFoundError:  # none yet, or one is just being written
            return


def read_site(folder: Path) -> Site:
    """Read a build.

    Raises:
        OSError: It cannot be read.
    """
    assets = folder / ASSETS
    names = [each.name for each in assets.iterdir()] if assets.is_dir() else []
    files = {name: _read_file(assets / name) for name in names if not name.endswith(".gz")}
    return Site((folder / PAGE).read_bytes(), files)


def _read_file(path: Path) -> File:
    zipped = path.with_name(f"{path.name}.gz")
    return File(
        path.read_bytes(),
        zipped.read_bytes() if zipped.exists() else None,
        _KINDS.get(path.suffix, _OTHER_KIND),
    )
