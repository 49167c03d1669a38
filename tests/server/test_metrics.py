"""What a monitoring system reads, and whether the server can work."""

import asyncio

import httpx2

from interlock.kernel.task.queue import GetQueue
from interlock.server.metrics import OTHERS, QUEUES_MAX
from interlock.server.serve import Serving


async def figures(http: httpx2.AsyncClient) -> dict[str, float]:
    """Every sample, by name and labels."""
    lines = (await http.get("/metrics")).text.splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


async def test_answers_are_counted_by_verb_and_code(http: httpx2.AsyncClient) -> None:
    await http.post("/v1/create_task", json={"title": "t"})
    await http.post("/v1/create_task", json={"title": ""})
    await http.get("/v1/tasks/task-0-1")
    await http.get("/nowhere")
    found = await figures(http)

    assert found['interlock_requests_total{code="ok",verb="create_task"}'] == 1
    assert found['interlock_requests_total{code="invalid",verb="create_task"}'] == 1
    assert found['interlock_requests_total{code="ok",verb="get_task"}'] == 1
    assert found['interlock_requests_total{code="not_found",verb="(none)"}'] == 1
    assert found['interlock_request_seconds_count{verb="create_task"}'] == 2


async def test_the_ledger_shows_its_head_and_its_queues(http: httpx2.AsyncClient) -> None:
    for queue in ("a", "a", 'b"\\\n'[:-1]):
        await http.post("/v1/create_task", json={"title": "t", "queue": queue})
    await http.post("/v1/claim_task", json={"queue": "a"})
    found = await figures(http)

    assert found["interlock_head"] == 4
    assert found['interlock_queue_tasks{queue="a",status="ready"}'] == 1
    assert found['interlock_queue_tasks{queue="a",status="claimed"}'] == 1
    assert found["interlock_connections"] == 1


async def test_queue_names_cannot_flood_the_labels(http: httpx2.AsyncClient) -> None:
    for number in range(QUEUES_MAX + 5):
        await http.post("/v1/create_task", json={"title": "t", "queue": f"q{number:03}"})
    found = await figures(http)

    assert found[f'interlock_queue_tasks{{queue="{OTHERS}",status="ready"}}'] == 5
    assert (
        len([name for name in found if name.startswith("interlock_queue_tasks")]) == QUEUES_MAX + 1
    )


async def test_made_up_verbs_and_paths_make_no_labels(http: httpx2.AsyncClient) -> None:
    await http.get("/nowhere")
    await figures(http)
    before = len(await figures(http))
    for number in range(20):
        await http.post(f"/v1/verb_{number}")
        await http.get(f"/path_{number}")

    assert len(await figures(http)) == before


async def test_long_polls_are_shown_and_do_not_count_as_slow(http: httpx2.AsyncClient) -> None:
    waiting = {"queue": "none", "wait_s": 30}
    poll = asyncio.create_task(http.post("/v1/claim_task", json=waiting))
    while (await figures(http))["interlock_parked_polls"] < 1:
        pass
    await http.post("/v1/create_task", json={"title": "t", "queue": "none"})
    assert (await poll).json()["task_id"]
    found = await figures(http)

    assert found["interlock_parked_polls"] == 0
    assert 'interlock_request_seconds_count{verb="claim_task"}' not in found


async def test_a_poll_whose_caller_left_takes_no_task(
    http: httpx2.AsyncClient, server: Serving
) -> None:
    waiting = {"queue": "default", "wait_s": 30}
    poll = asyncio.create_task(http.post("/v1/claim_task", json=waiting))
    while (await figures(http))["interlock_parked_polls"] < 1:
        pass
    poll.cancel()
    while (await figures(http))["interlock_parked_polls"] > 0:
        pass
    await http.post("/v1/create_task", json={"title": "t"})

    hub = server.door.namespaces.get("default")
    assert hub is not None
    found = await hub.call(GetQueue(queue="default"))
    assert found.counts == {"ready": 1}  # type: ignore[attr-defined]


async def test_a_server_says_that_it_lives_and_is_ready(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/healthz")).json() == {"status": "ok"}
    assert (await http.get("/readyz")).json() == {"status": "ready"}


async def test_a_server_whose_ledger_is_closed_is_not_ready(
    http: httpx2.AsyncClient, server: Serving
) -> None:
    await server.door.namespaces.close()
    answer = await http.get("/readyz")

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "closing")
    assert (await http.get("/healthz")).status_code == 200
