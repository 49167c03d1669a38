"""Whoever is let in is told who they are, what they may, and whether the server is still open."""

from importlib.metadata import version

import httpx2

from interlock.server.serve import Serving
from tests.server.test_keys import admin, make_key

__all__ = ["admin"]


async def test_an_open_server_says_so(http: httpx2.AsyncClient) -> None:
    told = (await http.get("/v1/server")).json()

    assert (told["is_open"], told["role"], told["name"]) == (True, "admin", "")
    assert (told["namespace"], told["version"]) == ("default", version("interlock"))


async def test_a_key_is_told_its_name_role_and_verbs(
    http: httpx2.AsyncClient, server: Serving, admin: str
) -> None:
    del server
    viewer = (await make_key(http, admin, name="vic", role="viewer"))["key"]
    narrow = (await make_key(http, admin, name="ned", role="operator", verbs=["get_task"]))["key"]
    read = {
        key: (await http.get("/v1/server", headers={"Authorization": f"Bearer {key}"})).json()
        for key in (viewer, narrow)
    }

    assert (read[viewer]["is_open"], read[viewer]["name"]) == (False, "vic")
    assert "get_fleet" in read[viewer]["verbs"]
    assert "cancel_task" not in read[viewer]["verbs"]
    assert read[narrow]["verbs"] == ["get_task"]


async def test_whoever_has_no_key_learns_nothing_of_a_closed_server(
    http: httpx2.AsyncClient, server: Serving, admin: str
) -> None:
    del server, admin
    refused = await http.get("/v1/server")

    assert refused.status_code == 401
    assert version("interlock") not in refused.text
