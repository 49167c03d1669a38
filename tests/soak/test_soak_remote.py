"""Two hundred agents, each on a connection of its own, whose server is killed and restarted again and again."""

import asyncio
import os
import signal
from pathlib import Path

from tests.server.fleet import Fleet, check_ledger
from tests.server.test_lost_connections import BACK_S, Server, living

MINUTES = float(os.environ.get("INTERLOCK_SOAK_MINUTES", "10"))
RESTARTS_PER_MINUTE = 2
AGENTS = 200


async def test_a_large_fleet_is_back_in_time_after_restart_upon_restart(tmp_path: Path) -> None:
    fleet, server = Fleet(), Server(tmp_path / "fleet.db")
    await server.start()
    async with living(fleet, server.url, agents=AGENTS, clients=AGENTS):
        for number in range(max(2, int(MINUTES * RESTARTS_PER_MINUTE))):
            await fleet.wait_for(4 * AGENTS)
            await server.end((signal.SIGKILL, signal.SIGTERM)[number % 2])
            await server.start()
            async with asyncio.timeout(BACK_S):
                await fleet.wait_for_everybody()
    await server.end(signal.SIGTERM)
    await check_ledger(tmp_path / "fleet.db", fleet)
