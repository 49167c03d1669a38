"""The state as it was at any position, told by the server."""

from pathlib import Path

import httpx2
import pytest

from interlock.kernel.withheld import WITHHELD
from interlock.server import history
from interlock.server.serve import Serving, serve
from interlock.server.settings import Settings
from tests.server.test_keys import admin, call, make_key

__all__ = ["admin"]


async def test_the_past_is_told_by_counts_and_by_the_rows_asked_for(
    http: httpx2.AsyncClient,
) -> None:
    task_id = (await call(http, "create_task", title="a")).json()["task_id"]
    await call(http, "create_task", title="b")
    claim = (await call(http, "claim_task", agent="ada", task_id=task_id)).json()
    await call(http, "complete_task", agent="ada", task_id=task_id, fence=claim["fence"])

    then = (await call(http, "get_state_at", position=3, kind="task", id=task_id)).json()
    assert then["counts"] == {"task": {"claimed": 1, "ready": 1}}
    [row] = then["rows"]
    assert (row["status"], row["body"]["holder_agent"]) == ("claimed", "ada")
    assert then["at_us"] > 0

    now = (await http.get("/v1/state", params={"position": 4})).json()
    assert now["counts"] == {"task": {"done": 1, "ready": 1}}
    assert now["rows"] == []
    begin = (await call(http, "get_state_at", position=0)).json()
    assert (begin["counts"], begin["at_us"]) == ({}, 0)
    again = (await call(http, "get_state_at", position=3, kind="task", id=task_id)).json()
    assert again == then


async def test_a_position_that_cannot_be_told_is_refused(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await call(http, "create_task", title="a")
    await call(http, "create_task", title="b")
    for fields in (
        {"position": 3},
        {"position": -1},
        {"position": "x"},
        {},
        {"position": 1, "x": 1},
    ):
        assert (await call(http, "get_state_at", **fields)).status_code == 400
    assert (await http.get("/v1/state", params={"position": "many"})).status_code == 400
    monkeypatch.setattr(history, "EVENTS_MAX", 1)
    refused = await call(http, "get_state_at", position=2)
    assert refused.json()["error"]["code"] == "limit"
    assert "interlock replay" in refused.json()["error"]["message"]


async def test_only_whoever_may_read_the_log_sees_the_past(
    http: httpx2.AsyncClient, server: Serving, admin: str
) -> None:
    del server
    viewer = (await make_key(http, admin, name="vic", role="viewer"))["key"]
    narrow = (await make_key(http, admin, name="val", role="viewer", queues=["mail"]))["key"]
    agent = (await make_key(http, admin, name="ann"))["key"]
    assert (await call(http, "get_state_at", viewer, position=1)).status_code == 200
    assert (await call(http, "get_state_at", narrow, position=1)).status_code == 403
    assert (await call(http, "get_state_at", agent, position=1)).status_code == 403
    assert (await call(http, "get_state_at", "il_default_1_nothing", position=1)).status_code == 401


async def test_a_ledger_in_memory_tells_its_short_past(tmp_path: Path) -> None:
    del tmp_path
    async with (
        serve(Settings(store=":memory:", port=0)) as serving,
        httpx2.AsyncClient(base_url=serving.url) as client,
    ):
        await call(client, "create_task", title="a")
        then = (await call(client, "get_state_at", position=1)).json()
        assert then["counts"] == {"task": {"ready": 1}}


async def test_the_past_shows_nothing_that_is_the_servers_alone(
    http: httpx2.AsyncClient, admin: str
) -> None:
    await call(http, "create_webhook", admin, url="https://example.com/hook")

    keys = (await call(http, "get_state_at", admin, position=2, kind="access_key")).json()
    hooks = (await call(http, "get_state_at", admin, position=2, kind="webhook")).json()

    names = {name for row in [*keys["rows"], *hooks["rows"]] for name in row["body"]}
    assert {"role", "url"} <= names
    assert not names & WITHHELD
