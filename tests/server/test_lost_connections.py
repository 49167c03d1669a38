"""Whatever the network does to a fleet, and however its server dies: nothing is lost and nothing is done twice."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import interlock
from interlock.client import websocket as websocket_client
from interlock.server import listening
from interlock.server.serve import serve
from interlock.server.settings import Settings
from tests.server.fleet import Fleet, check_ledger
from tests.server.proxy import Proxy

AGENTS = 20
CLIENTS = 5
ROUNDS = 6
BACK_S = 10.0
"""How long a fleet may take to be back after its server has come up again."""

SERVER = """
import asyncio, sys
from interlock.server.serve import serve
from interlock.server.settings import Settings

async def main():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(15, stop.set)
    async with serve(Settings(store=sys.argv[1], port=int(sys.argv[2]))) as serving:
        print(serving.url, flush=True)
        await stop.wait()

asyncio.run(main())
"""


@asynccontextmanager
async def living(fleet: Fleet, url: str, *, agents: int, clients: int) -> AsyncIterator[None]:
    """Runs the fleet's agents, spread over so many clients, until the block ends; then each finishes."""
    async with contextlib.AsyncExitStack() as stack:
        planes = [await stack.enter_async_context(interlock.connect(url)) for _ in range(clients)]
        async with asyncio.TaskGroup() as group:
            for number in range(agents):
                plane = planes[number % clients]
                group.create_task(fleet.live(plane, agent=f"agent-{number}"))
            yield
            fleet.stop()


@pytest.mark.parametrize("harm", ["cut", "deafen", "delay and cut", "send twice and cut"])
async def test_a_fleet_on_a_bad_network_loses_nothing_and_does_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str
) -> None:
    monkeypatch.setattr(websocket_client, "SILENCE_S", 0.1)
    monkeypatch.setattr(listening, "PING_S", 0.1)
    path, fleet = tmp_path / "fleet.db", Fleet()
    async with (
        serve(Settings(store=str(path), port=0, allowed_hosts=("127.0.0.1",))) as serving,
        Proxy(int(serving.url.rpartition(":")[2])) as proxy,
    ):
        proxy.doubles = "twice" in harm
        async with living(fleet, proxy.url, agents=AGENTS, clients=CLIENTS):
            for number in range(ROUNDS):
                await fleet.wait_for(3 * AGENTS)
                proxy.delay_s = 0.005 * (number % 2) if "delay" in harm else 0.0
                if harm == "deafen":
                    proxy.deafen()
                else:
                    proxy.cut()
            await fleet.wait_for_everybody()
        assert proxy.harmed >= CLIENTS * ROUNDS
    await check_ledger(path, fleet)


class Server:
    """A server in a process of its own, which comes back at the same port."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process: asyncio.subprocess.Process
        self.url = ""

    async def start(self) -> None:
        port = self.url.rpartition(":")[2] or "0"
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", SERVER, str(self._path), port, stdout=asyncio.subprocess.PIPE
        )
        assert self._process.stdout is not None
        self.url = (await self._process.stdout.readline()).decode().strip()
        assert self.url

    async def end(self, number: signal.Signals) -> int:
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self._process.wait()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(tmp_path / "fleet.db")
    await server.start()
    yield server
    await server.end(signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
async def test_a_fleet_is_back_soon_after_its_server_was_restarted_and_nothing_is_lost_or_doubled(
    server: Server, tmp_path: Path, number: signal.Signals
) -> None:
    fleet = Fleet()
    async with living(fleet, server.url, agents=2 * AGENTS, clients=2 * AGENTS):
        for _ in range(2):
            await fleet.wait_for(4 * AGENTS)
            status = await server.end(number)
            assert status == (0 if number == signal.SIGTERM else -signal.SIGKILL)
            await server.start()
            async with asyncio.timeout(BACK_S):
                await fleet.wait_for_everybody()
    assert await server.end(signal.SIGTERM) == 0
    await check_ledger(tmp_path / "fleet.db", fleet)
