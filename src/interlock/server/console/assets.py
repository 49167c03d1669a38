"""The console's files, read once from the package and kept in memory."""

import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import msgspec

INDEX: Final = "index.html"

MEDIA_TYPES: Final[dict[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".md": "text/plain; charset=utf-8",
    ".LICENSE": "text/plain; charset=utf-8",
}
"""What a browser is told about a file; one of another ending is not served."""

ASSET_BYTES_MAX: Final = 262_144
"""A console file larger than this does not belong into a page that has no build step."""


class Asset(msgspec.Struct, frozen=True):
    """One file as it is served. `tag` is the entity tag: it changes with the content and with nothing else."""

    content: bytes
    media_type: str
    tag: str


def read_assets() -> dict[str, Asset]:
    """Every file of the console by its path below `/console/`."""
    root = files("interlock.server.console") / "static"
    return dict(_assets(root, ""))


def _assets(folder: Traversable, prefix: str) -> list[tuple[str, Asset]]:
    found: list[tuple[str, Asset]] = []
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        path = prefix + entry.name
        if entry.is_dir():
            found += _assets(entry, path + "/")
        elif media_type := MEDIA_TYPES.get("." + entry.name.rpartition(".")[2]):
            content = entry.read_bytes()
            assert len(content) <= ASSET_BYTES_MAX, path
            digest = hashlib.sha256(content).hexdigest()[:32]
            found.append((path, Asset(content, media_type, f'"{digest}"')))
    return found
