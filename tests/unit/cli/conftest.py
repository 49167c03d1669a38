"""A ledger file with a little story in it, and a way to run commands on it."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from click.testing import CliRunner, Result

from interlock.cli import main
from interlock.store.sqlite import SqliteStore
from tests.unit.observe.scribe import Scribe, tell_story

Run: TypeAlias = Callable[..., Result]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The ledger and the tasks of its story. Read only: a test that spoils it takes a backup."""
    path = tmp_path_factory.mktemp("cli") / "fleet.db"

    async def write() -> dict[str, str]:
        store = await SqliteStore.open(path)
        ids = await tell_story(await Scribe.own(store))
        await store.close()
        return ids

    return path, asyncio.run(write())


@pytest.fixture
def path(written: tuple[Path, dict[str, str]]) -> str:
    return str(written[0])


@pytest.fixture
def ids(written: tuple[Path, dict[str, str]]) -> dict[str, str]:
    return written[1]


@pytest.fixture
def run() -> Run:
    """Runs `interlock` with these arguments; an exception that no command foresaw fails the test."""

    def invoke(*arguments: object, **environment: str) -> Result:
        texts = [str(argument) for argument in arguments]
        result = CliRunner().invoke(main, texts, env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke
