"""A key lets one agent, or one person, in: under its name, for what it was made for, until it ends."""

import httpx2

from interlock.server.serve import Serving


async def make_key(http: httpx2.AsyncClient, key: str = "", **fields: object) -> dict[str, str]:
    """Makes a key over HTTP; returns the answer."""
    answer = await http.post("/v1/create_key", json=fields, headers=bearer(key))
    assert answer.status_code == 200, answer.text
    made: dict[str, str] = answer.json()
    return made


def bearer(key: str) -> dict[str, str]:
    """The header that shows a key."""
    return {"Authorization": f"Bearer {key}"} if key else {}


async def test_the_first_key_closes_the_door_at_once(
    http: httpx2.AsyncClient, server: Serving
) -> None:
    assert server.door.is_open

    await make_key(http, name="ada", role="admin")

    assert not server.door.is_open
    assert (await http.post("/v1/get_queue", json={"queue": "default"})).status_code == 401


async def test_a_key_acts_under_its_own_name_alone(http: httpx2.AsyncClient) -> None:
    admin = await make_key(http, name="ada", role="admin")
    agent = await make_key(http, admin["key"], name="reader")

    created = await http.post(
        "/v1/create_task", json={"title": "Read"}, headers=bearer(agent["key"])
    )
    seen = await http.post(
        "/v1/get_task", json={"task_id": created.json()["task_id"]}, headers=bearer(agent["key"])
    )
    other = await http.post(
        "/v1/create_task", json={"title": "Read", "agent": "writer"}, headers=bearer(agent["key"])
    )

    assert seen.json()["task"]["created_by"] == "reader"
    assert (other.status_code, other.json()["error"]["code"]) == (403, "forbidden")
