"""`GET /v1/events`."""

from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest

from interlock.server import events, tail
from interlock.server.serve import serve
from interlock.server.settings import Settings
from tests.server.watcher import watch


async def create(http: httpx2.AsyncClient, title: str, **fields: object) -> str:
    answer = await http.post("/v1/create_task", json={"title": title, **fields})
    task_id: str = answer.json()["task_id"]
    return task_id


async def test_a_watcher_sees_each_event_as_it_happens(http: httpx2.AsyncClient) -> None:
    async with watch(http) as watcher:
        task_id = await create(http, "Read", payload={"page": 3})
        created = await watcher.event()
        await http.post("/v1/claim_task", json={"agent": "ada"})
        claimed = await watcher.event()

    assert (created.event, created.last_id) == ("TaskCreated", "1")
    assert created.data["type"] == "TaskCreated"
    assert created.data["pos"] == 1
    assert created.data["at_us"] > 0
    assert created.data["task"]["id"] == task_id
    assert created.data["payload"] == {"page": 3}
    assert (claimed.event, claimed.data["agent"]) == ("TaskClaimed", "ada")


async def test_a_watcher_that_comes_back_misses_nothing(http: httpx2.AsyncClient) -> None:
    async with watch(http) as watcher:
        await create(http, "One")
        last_id = (await watcher.event()).last_id
    await create(http, "Two")
    await create(http, "Three")
    async with watch(http, "?after=0", headers={"Last-Event-ID": last_id}) as watcher:
        found = await watcher.events(2)

    assert [told.data["task"]["title"] for told in found] == ["Two", "Three"]


async def test_the_whole_log_is_read_from_the_position_zero(http: httpx2.AsyncClient) -> None:
    for number in range(3):
        await create(http, f"Task {number}")
    async with watch(http, "?after=0") as watcher:
        found = await watcher.events(3)

    assert [told.data["pos"] for told in found] == [1, 2, 3]


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("types=TaskClaimed,TaskCompleted", ["TaskClaimed", "TaskCompleted"]),
        ("task_id=task-0-2", ["TaskCreated"]),
        ("agent=ada", ["TaskClaimed", "TaskCompleted"]),
        ("agent=boss", ["TaskCreated", "TaskClaimed", "TaskCompleted"]),
        ("queue=mail", ["TaskCreated", "TaskClaimed", "TaskCompleted"]),
        ("queue=mail&agent=ada&types=TaskCompleted", ["TaskCompleted"]),
        ("run_id=run-7", ["TaskCreated", "TaskClaimed", "TaskCompleted"]),
        ("correlation_id=c-7", ["TaskCreated", "TaskClaimed", "TaskCompleted"]),
        ("topic=news", ["EventPublished"]),
        ("topic=news&topic=other", ["EventPublished", "EventPublished"]),
    ],
)
async def test_a_filter_lets_through_what_concerns_it(
    http: httpx2.AsyncClient, query: str, kinds: list[str]
) -> None:
    named = {"run_id": "run-7", "correlation_id": "c-7", "agent": "boss"}
    task_id = await create(http, "Sort", queue="mail", **named)
    await create(http, "Other")
    held = (await http.post("/v1/claim_task", json={"agent": "ada", "queue": "mail"})).json()
    done = {"task_id": task_id, "fence": held["fence"], "agent": "ada"}
    await http.post("/v1/complete_task", json=done)
    for topic in ("news", "other"):
        await http.post("/v1/publish_event", json={"topic": topic, "agent": "eve"})
    await create(http, "Last", queue="mail", **named)
    await http.post("/v1/publish_event", json={"topic": "news", "agent": "ada"})

    async with watch(http, f"?after=0&{query}") as watcher:
        found = await watcher.events(len(kinds))

    assert [told.event for told in found] == kinds


@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("after=soon", "no position"),
        ("after=-1", "no position"),
        ("after=12", "beyond the end"),
        ("types=TaskClamed", "no event has the type 'TaskClamed'"),
        ("kind=task", "no parameter 'kind'"),
        ("agent=" + "x" * 201, "agents"),
        ("&".join(["agent=x"] * 101), "agents"),
    ],
)
async def test_a_stream_that_cannot_be_is_refused(
    http: httpx2.AsyncClient, query: str, part: str
) -> None:
    answer = await http.get(f"/v1/events?{query}")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "invalid"
    assert part in answer.json()["error"]["message"]


async def test_an_hour_of_other_peoples_events_is_not_read_again(http: httpx2.AsyncClient) -> None:
    for number in range(5):
        await create(http, f"Task {number}")
    async with watch(http, "?topic=news&after=0") as watcher:
        await http.post("/v1/publish_event", json={"topic": "news", "agent": "ada"})
        told = await watcher.event()

    assert told.last_id == "6"


async def test_a_server_that_closes_ends_its_streams(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        settings = Settings(store=str(tmp_path / "fleet.db"), port=0)
        serving = await stack.enter_async_context(serve(settings))
        async with httpx2.AsyncClient(base_url=serving.url) as http, watch(http) as watcher:
            await create(http, "Last")
            await watcher.event()
            await stack.aclose()
            rest = await watcher.rest()

    assert not [told.event for told in rest if told.event]


async def test_a_silent_stream_shows_that_it_is_alive(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_S", 0)
    monkeypatch.setattr(tail, "BEAT_S", 0.01)
    async with watch(http) as watcher:
        assert (await watcher.block()).comment == "alive"


async def test_what_a_filter_passes_over_moves_the_place_to_come_back_to(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MARK_EVENTS", 3)
    for number in range(5):
        await create(http, f"Task {number}")
    async with watch(http, "?topic=news&after=0") as watcher:
        told = await watcher.block()

    assert (told.last_id, told.event) == ("5", "")


async def test_asking_for_the_head_alone_ends(http: httpx2.AsyncClient) -> None:
    answer = await http.head("/v1/events")

    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"


async def test_a_watcher_too_many_is_told_to_come_later(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "WATCHERS_MAX", 1)
    async with watch(http):
        answer = await http.get("/v1/events")

    assert answer.status_code == 429
    assert "retry-after" in answer.headers


async def keys(http: httpx2.AsyncClient) -> dict[str, dict[str, str]]:
    """Headers with keys of some people and agents."""
    wanted: dict[str, dict[str, object]] = {
        "root": {"role": "admin"},
        "watch": {"role": "viewer"},
        "ada": {"role": "agent"},
        "mailman": {"role": "viewer", "queues": ["mail"]},
        "narrow": {"role": "viewer", "verbs": ["get_task"]},
    }
    headers: dict[str, dict[str, str]] = {"": {}}
    for name, fields in wanted.items():
        root = headers.get("root", {})
        made = await http.post("/v1/create_key", json={"name": name, **fields}, headers=root)
        headers[name] = {"Authorization": f"Bearer {made.json()['key']}"}
        headers[f"{name} id"] = {"key_id": made.json()["key_id"]}
    return headers


async def test_people_see_all_and_agents_what_concerns_them(http: httpx2.AsyncClient) -> None:
    by = await keys(http)
    for name in ("root", "ada"):
        for queue in ("mail", "other"):
            task = {"title": f"{name} {queue}", "queue": queue}
            await http.post("/v1/create_task", json=task, headers=by[name])
    letter = {"target": "ada", "message_type": "STATUS", "message": "hello"}
    await http.post("/v1/send_message", json=letter, headers=by["root"])
    await http.post("/v1/send_message", json={**letter, "target": "eve"}, headers=by["root"])
    end = await http.post(
        "/v1/create_task", json={"title": "end", "queue": "mail"}, headers=by["ada"]
    )
    last = end.json()["task_id"]

    async def seen(name: str) -> list[str]:
        found = []
        query = "?after=0&types=TaskCreated,MessageSent"
        async with watch(http, query, headers=by[name]) as watcher:
            while True:
                data = (await watcher.event()).data
                if data.get("task", {}).get("id") == last:
                    return found
                found.append(data["task"]["title"] if "task" in data else data["message"]["target"])

    everything = ["root mail", "root other", "ada mail", "ada other", "ada", "eve"]
    assert await seen("watch") == everything
    assert await seen("ada") == ["ada mail", "ada other", "ada"]
    assert await seen("mailman") == ["root mail", "ada mail"]


async def test_a_stream_needs_a_key_that_may_read_the_log(http: httpx2.AsyncClient) -> None:
    by = await keys(http)

    assert (await http.get("/v1/events")).status_code == 401
    assert (await http.get("/v1/events", headers=by["narrow"])).status_code == 403


async def test_a_revoked_key_ends_its_stream(http: httpx2.AsyncClient) -> None:
    by = await keys(http)
    async with watch(http, headers=by["watch"]) as watcher:
        await http.post("/v1/revoke_key", json=by["watch id"], headers=by["root"])
        rest = await watcher.rest()

    assert not [told.event for told in rest if told.event]
