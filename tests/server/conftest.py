"""A real server on a free port of this machine, and a client for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

import interlock
from interlock import Plane
from interlock.server.serve import Serving, serve
from interlock.server.settings import Settings


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Serving]:
    """A server over a ledger of its own, which may be reached through a proxy."""
    settings = Settings(
        store=str(tmp_path / "fleet.db"), port=0, allowed_hosts=("127.0.0.1", "localhost")
    )
    async with serve(settings) as serving:
        yield serving


@pytest.fixture
async def http(server: Serving) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of that server."""
    async with httpx2.AsyncClient(base_url=server.url, verify=False) as client:
        yield client


@pytest.fixture
async def admin(server: Serving) -> AsyncIterator[Plane]:
    """The plane of an admin. With their key, the first one, the server takes nobody without a key any more."""
    async with interlock.connect(server.url) as plane:
        made = await plane.create_key("ada", role="admin")
    async with interlock.connect(server.url, key=made.key) as plane:
        yield plane
