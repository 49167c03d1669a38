"""Asking an agent, and asking people."""

import asyncio
from typing import Any

import httpx2
import pytest
from mcp import Client

from interlock.server.mcp.arguments import fields_of
from tests.server.mcp.conftest import ONE_VERSION, Connect
from tests.server.mcp.tool_call import call, refused

ASKED = {"source": "agent-a", "to": "agent-b", "message": "Which branch?"}


async def answer(client: Client, id: str) -> None:
    """agent-b answers a question."""
    told = {"source": "agent-b", "target": "agent-a", "message_type": "RESULT"}
    await call(client, "send_message", {**told, "message": "main", "reply_to": id})


async def test_a_question_is_asked_and_answered_in_one_call(connect: Connect) -> None:
    async with connect() as client, connect() as other:
        asking = asyncio.create_task(call(client, "ask", {**ASKED, "wait": 30}))
        asked = await call(other, "get_messages", {"agent": "agent-b", "wait_s": 10})
        [query] = asked["messages"]
        await answer(other, query["id"])
        answered = await asking

    assert query["message_type"] == "QUERY"
    assert (answered["answered"], answered["id"]) == (True, query["id"])
    assert (answered["source"], answered["message"]) == ("agent-b", "main")
    assert "next" not in answered


async def test_an_answer_that_comes_later_is_got_as_the_hint_says(connect: Connect) -> None:
    async with connect() as client:
        early = await call(client, "ask", {**ASKED, "wait_s": 0})
        assert early["next"].endswith(f"call get_reply with message_id {early['id']}.")
        await call(client, "get_messages", {"agent": "agent-b"})
        await answer(client, early["id"])
        late = await call(client, "get_reply", {"agent": "agent-a", "message_id": early["id"]})
        again = await call(client, "get_reply", {"agent": "agent-a", "message_id": early["id"]})

    assert early["answered"] is False
    assert (late["answered"], late["message"]) == (True, "main")
    assert again == late


@ONE_VERSION
async def test_a_question_sent_again_under_its_request_id_is_asked_once(connect: Connect) -> None:
    asked = {**ASKED, "wait_s": 0, "request_id": "branch-1"}
    async with connect() as client:
        first = await call(client, "ask", asked)
        second = await call(client, "ask", asked)
        read = await call(client, "get_messages", {"agent": "agent-b"})

    assert second["id"] == first["id"]
    assert [message["id"] for message in read["messages"]] == [first["id"]]


@ONE_VERSION
async def test_a_question_that_was_given_up_will_not_be_answered(
    connect: Connect, http: httpx2.AsyncClient
) -> None:
    async with connect() as client:
        id = (await call(client, "ask", {**ASKED, "wait_s": 0}))["id"]
        [query] = (await call(client, "get_messages", {"agent": "agent-b"}))["messages"]
        rejected = {"agent": "agent-b", "receipt": query["receipt"], "reason": "not mine"}
        assert (await http.post("/v1/reject_message", json=rejected)).status_code == 200
        given_up = await call(client, "get_reply", {"source": "agent-a", "id": id, "wait_s": 0})

    assert given_up["answered"] is False
    assert "Nobody will answer" in given_up["next"]


async def test_a_worker_is_told_of_tools_that_it_is_shown(
    connect: Connect, http: httpx2.AsyncClient
) -> None:
    keys: dict[str, str] = {}
    for name, role in (("ada", "admin"), ("agent-a", "agent")):
        headers = {"Authorization": f"Bearer {keys['ada']}"} if keys else {}
        made = await http.post("/v1/create_key", json={"name": name, "role": role}, headers=headers)
        keys[name] = made.json()["key"]
    async with connect(keys["agent-a"]) as client:
        shown = {tool.name for tool in (await client.list_tools()).tools}
        unanswered = await call(client, "ask", {**ASKED, "wait_s": 0})
        raised = await call(client, "request_help", {"title": "No access to staging"})

    assert "get_reply" not in shown
    for told, id in ((unanswered, unanswered["id"]), (raised, raised["help_id"])):
        assert f"call get_messages with wait_s: a RESULT with reply_to {id}" in told["next"]
        assert "get_reply" not in told["next"]


async def test_a_raised_hand_is_seen_by_people_and_answered(connect: Connect) -> None:
    async with connect() as client:
        id = (await call(client, "create_task", {"title": "Build"}))["id"]
        await call(client, "claim_task", {"agent": "builder", "taskId": id})
        stuck = {
            "source": "builder",
            "taskId": id,
            "title": "No access",
            "message": "403 of staging",
        }
        raised = await call(client, "request_help", stuck)
        [request] = (await call(client, "get_help_requests"))["requests"]
        await call(
            client, "answer_help", {"agent": "ada", "help_id": request["id"], "answer": "Granted"}
        )
        reply = await call(client, "get_reply", {"agent": "builder", "message_id": raised["id"]})

    assert (raised["id"], raised["status"]) == (request["id"], "open")
    assert f"get_reply with message_id {raised['id']}" in raised["next"]
    assert (request["agent"], request["title"], request["task_id"]) == ("builder", "No access", id)
    assert request["summary"] == "403 of staging"
    assert (reply["source"], reply["message"]) == ("ada", "Granted")


@pytest.mark.parametrize(
    ("arguments", "title"),
    [
        ({"reason": "no access to staging"}, "no access to staging"),
        ({"message": "one two three four five six seven eight nine ten eleven twelve thirteen"},
         "one two three four five six seven eight nine ten eleven twelve…"),
        ({"summary": "x" * 300}, "x" * 100 + "…"),
        ({"summary": "long", "title": "short"}, "short"),
    ],
)  # fmt: skip
def test_a_request_for_help_without_a_title_is_headed_by_its_first_words(
    arguments: dict[str, Any], title: str
) -> None:
    fields = fields_of("request_help", arguments)

    assert fields["title"] == title
    assert fields["summary"] in arguments.values()


@ONE_VERSION
async def test_a_malformed_question_or_request_is_refused_and_nothing_is_lost(
    connect: Connect,
) -> None:
    async with connect() as client:
        nobody = await refused(client, "ask", {"message": "To whom?"})
        empty = await refused(client, "request_help", {})
        both = await refused(client, "request_help", {"reason": "stuck", "message": "on staging"})
        open_requests = await call(client, "get_help_requests")

    assert {nobody["code"], empty["code"], both["code"]} == {"invalid"}
    assert "target" in nobody["message"]
    assert "title" in empty["message"]
    assert "message" in both["message"]
    assert open_requests["requests"] == []


@ONE_VERSION
async def test_help_is_asked_for_a_task_by_who_holds_it(connect: Connect) -> None:
    async with connect() as client:
        id = (await call(client, "create_task", {"title": "Build"}))["id"]
        error = await refused(client, "request_help", {"taskId": id, "title": "Stuck"})

    assert error["code"] == "stale_fence"
