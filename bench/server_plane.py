"""A server that `interlock up` runs in a process of its own, and the ways in which agents speak to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2

import interlock
from bench.harness.task_plane import Claim, TaskPlane
from bench.interlock_plane import LEASE_S, Tasks

START_S_MAX = 30.0
STOP_S_MAX = 15.0
CALL_S_MAX = 90.0
"""Longer than the longest poll."""

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Server:
    """`interlock up` in another process: where it is, and what it costs."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self._process = process
        self.url = url

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def cpu_s(self) -> float:
        """Seconds of processor time that it has used so far, in user and system mode."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S

    async def kill(self) -> None:
        """SIGKILL, as the kernel does when memory is short."""
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """SIGTERM, and SIGKILL if that does not end it."""
        if self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), STOP_S_MAX)
        except TimeoutError:
            await self.kill()


@contextlib.asynccontextmanager
async def serving(path: str, *, port: int = 0) -> AsyncIterator[Server]:
    """Serves the ledger at `path` on a port of this machine, open to all of it."""
    server = await start(path, port=port)
    try:
        yield server
    finally:
        await server.stop()


async def start(path: str, *, port: int = 0) -> Server:
    """Starts a server and waits until it says where it listens."""
    command = "from interlock.cli import main; main()"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", command, "up", "--store", path, "--port", str(port)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    async with asyncio.timeout(START_S_MAX):
        async for line in process.stdout:
            words = line.decode().split()
            if words[:1] == ["API"]:
                return Server(process, words[1].removesuffix("/v1/"))
    raise RuntimeError(f"the server ended with status {await process.wait()} before it listened")


Call = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]
"""Carries out a verb over some transport and gives its answer; raises when it was refused."""


class CalledTasks:
    """The verbs of a task's life over a transport that knows verbs by name only."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def create(self, number: int) -> str:
        fields = {"title": "file the invoice", "instructions": "read it, then file it"}
        created = await self._call("create_task", {**fields, "payload": {"n": number}})
        return str(created["task_id"])

    async def claim(self, agent: str, *, wait_s: float) -> Claim:
        claim = await self._call(
            "claim_task", {"agent": agent, "lease_s": LEASE_S, "wait_s": wait_s}
        )
        if "fence" not in claim:
            raise TimeoutError(f"{agent} found no task within {wait_s} s")
        return Claim(task_id=claim["task_id"], fence=claim["fence"])

    async def extend(self, claim: Claim, *, agent: str, progress: float) -> None:
        await self._call("extend_lease", {**_held(claim, agent), "progress": {"done": progress}})

    async def complete(self, claim: Claim, *, agent: str) -> None:
        await self._call("complete_task", {**_held(claim, agent), "result": {"ok": True}})


def _held(claim: Claim, agent: str) -> dict[str, Any]:
    return {"task_id": claim.task_id, "fence": claim.fence, "agent": agent}


@contextlib.asynccontextmanager
async def over_http(url: str) -> AsyncIterator[TaskPlane]:
    """POSTs, as many connections as there are callers."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx2.AsyncClient(base_url=url, limits=limits, timeout=CALL_S_MAX) as client:

        async def call(verb: str, fields: dict[str, Any]) -> dict[str, Any]:
            answer = await client.post(f"/v1/{verb}", json=fields)
            if answer.status_code != 200:
                raise RuntimeError(f"{verb}: {answer.status_code} {answer.text}")
            found: dict[str, Any] = answer.json()
            return found

        yield CalledTasks(call)


@contextlib.asynccontextmanager
async def over_websocket(url: str) -> AsyncIterator[TaskPlane]:
    """One WebSocket for all callers of this process."""
    async with interlock.connect(url) as plane:
        yield Tasks(plane)


@contextlib.asynccontextmanager
async def over_mcp(url: str) -> AsyncIterator[TaskPlane]:
    """One MCP client for all callers of this process."""
    from mcp import Client

    async with Client(f"{url}/mcp") as client:

        async def call(verb: str, fields: dict[str, Any]) -> dict[str, Any]:
            answer = await client.call_tool(verb, fields)
            if answer.is_error:
                raise RuntimeError(f"{verb}: {answer.content}")
            found: dict[str, Any] = answer.structured_content
            return found

        yield CalledTasks(call)


@contextlib.asynccontextmanager
async def many_websockets(url: str, *, count: int) -> AsyncIterator[list[interlock.Plane]]:
    """A WebSocket for each of `count` agents."""
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(interlock.connect(url)) for _ in range(count)]
