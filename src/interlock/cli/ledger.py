"""Opening a ledger for a command that only reads."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from interlock.cli.group import Unusable
from interlock.cli.inert import inert
from interlock.store.contract import Store
from interlock.store.sqlite_reader import open_reader

Result = TypeVar("Result")
Command = TypeVar("Command", bound=Callable[..., Any])


def ledger_argument(command: Command) -> Command:
    """The ledger's path."""
    return click.argument("path", type=click.Path(path_type=Path))(command)


def json_option(command: Command) -> Command:
    """Whether to print for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")(command)


def ledger_at(path: Path) -> Path:
    """The same path if there is a file. Raises `Unusable`."""
    name = inert(str(path))
    if not path.exists():
        raise Unusable(f"there is no ledger at {name}: check the path")
    if not path.is_file():
        raise Unusable(f"{name} is no file: name the ledger file itself")
    return path


def with_reader(path: Path, work: Callable[[Store], Awaitable[Result]]) -> Result:
    """Does the work on the ledger, opened for reading."""
    ledger = ledger_at(path)

    async def run() -> Result:
        reader = await open_reader(ledger)
        try:
            return await work(reader)
        finally:
            await reader.close()

    return asyncio.run(run())
