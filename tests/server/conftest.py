"""A real server on a free port of this machine, and a client for it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from interlock.server.serve import Serving, serve
from interlock.server.settings import Settings


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Serving]:
    """A server over a ledger of its own."""
    async with serve(Settings(store=str(tmp_path / "fleet.db"), port=0)) as serving:
        yield serving


@pytest.fixture
async def http(server: Serving) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of that server."""
    async with httpx2.AsyncClient(base_url=server.url, verify=False) as client:
        yield client
