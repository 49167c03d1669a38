"""What can be read has an address; its answer is the answer of its verb."""

import httpx2
import pytest

from interlock.kernel.decide import VERBS
from interlock.server.nouns import LISTED, THINGS, is_read


async def test_a_thing_is_read_by_its_id(http: httpx2.AsyncClient) -> None:
    await http.post("/v1/create_task", json={"title": "t", "payload": {"page": 3}})
    got = await http.get("/v1/tasks/task-0-1")

    assert got.json() == (await http.post("/v1/get_task", json={"task_id": "task-0-1"})).json()
    assert got.json()["payload"] == {"page": 3}
    assert (await http.get("/v1/tasks/task-0-9")).status_code == 404


@pytest.mark.parametrize("name", ["a", "a b", "a/b", "a%2Fb?c#d", "é/ü", "..", "100%"])
async def test_any_name_can_stand_in_an_address(http: httpx2.AsyncClient, name: str) -> None:
    await http.post("/v1/register_agent", json={"agent": name})
    escaped = "".join(f"%{byte:02X}" for byte in name.encode())

    assert (await http.get(f"/v1/agents/{escaped}")).json()["name"] == name


async def test_a_slash_in_a_name_needs_no_escape_where_nothing_follows(
    http: httpx2.AsyncClient,
) -> None:
    await http.post("/v1/register_agent", json={"agent": "team/ann"})

    assert (await http.get("/v1/agents/team/ann")).json()["name"] == "team/ann"


async def test_a_thing_of_two_names_is_read_by_both(http: httpx2.AsyncClient) -> None:
    await http.post("/v1/subscribe", json={"topic": "a/b", "group": "c/d"})

    assert (await http.get("/v1/subscriptions/a%2Fb/c%2Fd")).status_code == 200
    assert (await http.get("/v1/subscriptions/a/b/c/d")).status_code == 404


async def test_a_list_takes_its_filters_from_the_query(http: httpx2.AsyncClient) -> None:
    for number in range(3):
        await http.post("/v1/create_task", json={"title": str(number)})
    page = (await http.get("/v1/log?after=1&limit=1")).json()

    assert page["next_after"] == 2
    [entry] = page["entries"]
    assert entry["pos"] == 2
    assert entry["event"]["task"]["title"] == "1"


async def test_lists_are_filtered_and_followed_by_their_cursor(http: httpx2.AsyncClient) -> None:
    for number in range(3):
        await http.post("/v1/create_task", json={"title": str(number)})
    await http.post("/v1/claim_task")
    first = (await http.get("/v1/tasks?status=ready&limit=1")).json()
    second = (
        await http.get(
            "/v1/tasks", params={"limit": 1, "status": "ready", "cursor": first["cursor"]}
        )
    ).json()

    titles = {page["items"][0]["title"] for page in (first, second)}
    assert titles == {"1", "2"}


def test_only_verbs_that_change_nothing_have_an_address() -> None:
    read = {noun.kind.verb for noun in (*THINGS.values(), *LISTED.values())}

    assert all(is_read(VERBS[verb]) for verb in read)
    assert not read & {"get_messages", "get_events", "put_blob", "create_task", "claim_task"}
    assert {"get_task", "get_tasks", "get_queue", "get_agents", "get_message", "get_fleet"} <= read


async def test_reading_by_address_leaves_no_trace_in_the_log(http: httpx2.AsyncClient) -> None:
    await http.post("/v1/create_task", json={"title": "t"})
    for path in ("/v1/tasks/task-0-1", "/v1/queues/default", "/v1/dead_letters", "/v1/log"):
        assert (await http.get(path)).status_code == 200

    assert len((await http.get("/v1/log")).json()["entries"]) == 1
