from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from interlock.hub.listener import Listener
from tests.unit.hub.stage import Stage
from tests.unit.hub.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories(config: Any, item: Any) -> dict[str, type[VirtualTimeLoop]]:
    """Every test of this folder runs on virtual time."""
    del config, item
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """A hub over a store in memory, whose disk the test holds in its hand."""
    stage = Stage()
    await stage.start()
    yield stage
    await stage.end()


@pytest.fixture
async def listener(stage: Stage, tmp_path: Path) -> AsyncIterator[Listener]:
    """The hub's ear."""
    listener = await Listener.start(stage.hub, tmp_path / "hub.sock")
    yield listener
    await listener.close()
