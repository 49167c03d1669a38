"""A hundred thousand spoiled requests, drawn anew each time, against a server of its own."""

import random
from pathlib import Path

from tests.server.fuzz import GROWTH_BYTES_MAX, REQUESTS, fuzz
from tests.server.process import running_server


async def test_spoiled_requests_never_break_the_server(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**9)
    with running_server(tmp_path / "fleet.db") as server:
        outcome = await fuzz(server, requests=REQUESTS, seed=seed)
        status, said = server.end()

    assert outcome.faults == [], seed
    assert outcome.growth_bytes < GROWTH_BYTES_MAX, seed
    assert status == 0
    assert "Traceback" not in said
