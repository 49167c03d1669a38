"""Real MCP clients of a real server."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from interlock.server.serve import Serving

Connect = Callable[..., AbstractAsyncContextManager[Client]]

MODES: dict[str, Any] = {"2026-07-28": "2026-07-28", "2025-11-25": "legacy"}
"""How a client is made to speak a version of the protocol."""

ONE_VERSION = pytest.mark.parametrize("version", ["2026-07-28"])
"""For promises that are kept behind the protocol, where its version makes no difference."""


@pytest.fixture(params=MODES)
def version(request: pytest.FixtureRequest) -> str:
    """Each version of the protocol."""
    return str(request.param)


@pytest.fixture
def connect(server: Serving, version: str) -> Connect:
    """Makes clients of the server, with a key or headers if they are given."""

    @asynccontextmanager
    async def make(key: str = "", **headers: str) -> AsyncIterator[Client]:
        if key:
            headers["Authorization"] = f"Bearer {key}"
        async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
            transport = streamable_http_client(f"{server.url}/mcp", http_client=http)
            async with Client(transport, mode=MODES[version]) as client:
                yield client

    return make
