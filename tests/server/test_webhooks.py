"""Webhooks over the API of a real server, which may be killed at any moment."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from interlock.server.serve import serve
from interlock.server.settings import Settings
from tests.server.receiver import ANSWERS, Received, Receiver, is_genuine, receiving

LOCAL = {"webhook_networks": ("127.0.0.0/8",), "webhook_http": True}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as found:
        yield found


async def test_a_webhook_is_made_used_and_looked_at_over_the_api(
    receiver: Receiver, tmp_path: Path
) -> None:
    settings = Settings(store=str(tmp_path / "fleet.db"), port=0, **LOCAL)
    async with serve(settings) as serving, httpx2.AsyncClient(base_url=serving.url) as http:
        made = (await http.post("/v1/create_webhook", json={"url": receiver.url})).json()
        await http.post("/v1/create_task", json={"title": "t"})
        [post] = await receiver.received(1)
        found = (await http.get(f"/v1/webhooks/{made['webhook_id']}")).json()
        listed = (await http.get("/v1/webhooks")).json()

    stamp_s = int(post.headers["webhook-timestamp"])
    assert is_genuine(post, made["secret"], now_s=stamp_s)
    assert found["webhook"]["url"] == receiver.url
    assert [each["webhook_id"] for each in listed["items"]] == [made["webhook_id"]]
    assert made["secret"] not in str(found) + str(listed)
    assert made["secret_sealed"] == ""
    assert "sealed" not in str(found) + str(listed)


async def test_a_target_inside_is_refused_when_the_webhook_is_made(
    http: httpx2.AsyncClient,
) -> None:
    inside = await http.post("/v1/create_webhook", json={"url": "https://127.0.0.1/in"})
    plain = await http.post("/v1/create_webhook", json={"url": "http://hooks.example/in"})
    sealed = {"url": "https://hooks.example/in", "secret_sealed": "mine"}
    forged = await http.post("/v1/create_webhook", json=sealed)

    assert [answer.status_code for answer in (inside, plain)] == [403, 403]
    assert forged.status_code in (400, 403)
    assert (await http.get("/v1/webhooks")).json()["items"] == []


async def test_nobody_outside_tells_how_far_a_webhook_is(http: httpx2.AsyncClient) -> None:
    url = "https://hooks.example/in"
    made = (await http.post("/v1/create_webhook", json={"url": url})).json()

    said = {"webhook_id": made["webhook_id"], "position": 1}
    assert (await http.post("/v1/advance_webhook", json=said)).status_code == 403


async def test_what_was_posted_but_not_noted_when_the_server_was_killed_comes_again(
    receiver: Receiver, tmp_path: Path
) -> None:
    ledger = tmp_path / "fleet.db"
    with server_process(ledger) as (process, url):

        def kill(_: Received) -> bytes:
            os.kill(process.pid, signal.SIGKILL)
            return ANSWERS[200]

        receiver.raw = kill
        async with httpx2.AsyncClient(base_url=url) as http:
            made = (await http.post("/v1/create_webhook", json={"url": receiver.url})).json()
            await http.post("/v1/create_task", json={"title": "t"})
            await receiver.received(1)
        process.wait(timeout=10)
    receiver.raw = None
    with server_process(ledger):
        first, again = await receiver.received(2)

    assert first.id == again.id
    assert first.body == again.body
    assert is_genuine(again, made["secret"], now_s=int(again.headers["webhook-timestamp"]))


@contextmanager
def server_process(ledger: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`interlock up` in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "interlock", "up", "--store", ledger, "--port", "0"],
        env=os.environ
        | {"INTERLOCK_WEBHOOK_NETWORKS": "127.0.0.0/8", "INTERLOCK_WEBHOOK_HTTP": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        found = next(filter(None, (re.search(r"http://[\d.:]+", line) for line in process.stdout)))
        yield process, found[0]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
