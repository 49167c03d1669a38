"""Thousands of spoiled requests: the server answers each, fails at none, and keeps nothing of them."""

from pathlib import Path

from tests.server.fuzz import GROWTH_BYTES_MAX, fuzz
from tests.server.process import running_server

REQUESTS = 3_000
"""`python -m tests.server.fuzz` and the soak send a hundred thousand."""


async def test_spoiled_requests_never_break_the_server(tmp_path: Path) -> None:
    with running_server(tmp_path / "fleet.db") as server:
        outcome = await fuzz(server, requests=REQUESTS)
        status, said = server.end()

    assert outcome.faults == []
    assert sum(outcome.statuses.values()) == REQUESTS
    assert outcome.statuses[200] > REQUESTS // 50
    assert outcome.statuses[400] > REQUESTS // 4
    assert outcome.growth_bytes < GROWTH_BYTES_MAX
    assert status == 0
    assert "Traceback" not in said
