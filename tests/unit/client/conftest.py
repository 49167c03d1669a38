from typing import Any

import pytest

from tests.unit.client.scripted_hub import ScriptedHub
from tests.unit.hub.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories(config: Any, item: Any) -> dict[str, type[VirtualTimeLoop]]:
    """Every test of this folder runs on virtual time."""
    del config, item
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
async def hub(tmp_path: Any) -> Any:
    """A hub that does as it is told."""
    hub = ScriptedHub(tmp_path / "hub.sock")
    await hub.listen()
    yield hub
    await hub.end()
