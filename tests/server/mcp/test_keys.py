"""Who may use the tools, and under which name."""

import json

import httpx2
import pytest
from mcp import MCPError

from interlock.server.mcp.profiles import WORKER_TOOLS_MAX
from interlock.server.serve import Serving
from tests.server.mcp.conftest import ONE_VERSION, Connect
from tests.server.mcp.tool_call import call, refused


@pytest.fixture
async def admin(http: httpx2.AsyncClient) -> str:
    """The key of an admin: from here on the server is closed to all others."""
    return await make_key(http, "", name="ada", role="admin")


async def make_key(http: httpx2.AsyncClient, key: str, **fields: object) -> str:
    """A new key, made with another one."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    answer = await http.post("/v1/create_key", json=fields, headers=headers)
    return str(answer.json()["key"])


async def test_without_a_key_a_client_is_told_where_to_read_what_is_needed(
    http: httpx2.AsyncClient, admin: str
) -> None:
    refused = await http.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "ping"})
    challenge = refused.headers["www-authenticate"]
    metadata = await http.get(challenge.split('resource_metadata="')[1].rstrip('"'))

    assert refused.status_code == 401
    assert refused.json()["error"]["code"] == "unauthenticated"
    assert metadata.json()["resource"] == str(http.base_url).rstrip("/") + "/mcp"
    assert metadata.json()["bearer_methods_supported"] == ["header"]


async def test_two_agents_with_keys_exchange_a_directive_as_in_the_text(
    connect: Connect, http: httpx2.AsyncClient, admin: str
) -> None:
    keys = {name: await make_key(http, admin, name=name) for name in ("agent-a", "agent-b")}
    async with connect(keys["agent-a"]) as a, connect(keys["agent-b"]) as b:
        await call(
            a,
            "send_message",
            {
                "source": "agent-a",
                "target": "agent-b",
                "message_type": "DIRECTIVE",
                "message": "Run tests on PR #142",
            },
        )
        asked = {"sessionId": "agent-b-session", "message_type": "DIRECTIVE"}
        [message] = (await call(b, "get_messages", asked))["messages"]
        await call(
            b,
            "send_message",
            {
                "source": "agent-b",
                "target": message["source"],
                "message_type": "ACK",
                "reply_to": message["id"],
            },
        )
        [answer] = (await call(a, "get_messages", {}))["messages"]

    assert (answer["source"], answer["reply_to"]) == ("agent-b", message["id"])


@ONE_VERSION
async def test_nobody_acts_under_another_agents_name(
    connect: Connect, http: httpx2.AsyncClient, admin: str
) -> None:
    key = await make_key(http, admin, name="agent-a")
    async with connect(key) as client:
        forged = {"source": "agent-b", "target": "agent-c", "message": "Deploy"}
        errors = [
            await refused(client, "send_message", forged),
            await refused(client, "claim_task", {"agent": "agent-b"}),
            await refused(client, "get_program_state", {"programId": "agent-b"}),
            await refused(client, "update_program_state", {"programId": "agent-b"}),
        ]

    assert {error["code"] for error in errors} == {"forbidden"}


@ONE_VERSION
async def test_a_worker_sees_twelve_tools_at_the_most(
    connect: Connect, http: httpx2.AsyncClient, admin: str
) -> None:
    key = await make_key(http, admin, name="agent-a")
    async with connect(key) as client:
        tools = (await client.list_tools()).tools

    names = {tool.name for tool in tools}
    assert len(names) <= WORKER_TOOLS_MAX
    assert {"claim_task", "complete_task", "get_messages", "send_message"} <= names
    assert "redrive_dead_letters" not in names


@ONE_VERSION
@pytest.mark.parametrize(
    ("fields", "shown", "hidden"),
    [
        ({"profile": "orchestrator"}, "create_task", "configure_queue"),
        ({"role": "operator"}, "redrive_dead_letters", "claim_task"),
        ({"role": "viewer"}, "get_task", "cancel_task"),
        ({"verbs": ["get_messages"]}, "get_messages", "send_message"),
    ],
)
async def test_a_key_shows_the_tools_that_it_may_use(
    connect: Connect,
    http: httpx2.AsyncClient,
    admin: str,
    fields: dict[str, object],
    shown: str,
    hidden: str,
) -> None:
    key = await make_key(http, admin, name="somebody", **fields)
    async with connect(key) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}

    assert shown in names
    assert hidden not in names


@ONE_VERSION
async def test_a_revoked_key_opens_nothing_from_the_next_call_on(
    connect: Connect, http: httpx2.AsyncClient, admin: str
) -> None:
    made = await http.post(
        "/v1/create_key", json={"name": "agent-a"}, headers={"Authorization": f"Bearer {admin}"}
    )
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    before = await http.post("/mcp", json=body, headers=headers)
    await http.post(
        "/v1/revoke_key",
        json={"key_id": made.json()["key_id"]},
        headers={"Authorization": f"Bearer {admin}"},
    )
    after = await http.post("/mcp", json=body, headers=headers)

    assert before.status_code != 401
    assert after.status_code == 401


@ONE_VERSION
async def test_an_agent_reads_its_own_part_of_a_thread(
    connect: Connect, http: httpx2.AsyncClient, admin: str
) -> None:
    keys = [await make_key(http, admin, name=name) for name in ("agent-a", "agent-b", "agent-c")]
    said = {"thread_id": "pr-142", "message_type": "STATUS"}
    async with connect(keys[0]) as a, connect(keys[1]) as b, connect(keys[2]) as c:
        await call(a, "send_message", {**said, "target": "agent-b", "message": "Ready?"})
        await call(b, "send_message", {**said, "target": "agent-a", "message": "Yes"})
        await call(b, "send_message", {**said, "target": "agent-b", "message": "Note to myself"})
        [read] = (await a.read_resource("interlock://threads/pr-142")).contents
        with pytest.raises(MCPError):
            await c.read_resource("interlock://threads/pr-142")

    thread = json.loads(read.text)
    assert [message["text"] for message in thread["messages"]] == ["Ready?", "Yes"]


async def test_another_keys_session_is_as_good_as_none(
    server: Serving, http: httpx2.AsyncClient, admin: str
) -> None:
    headers = {"Accept": "application/json, text/event-stream"}
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    keys = [await make_key(http, admin, name=name) for name in ("agent-a", "agent-b")]
    mine, theirs = ({**headers, "Authorization": f"Bearer {key}"} for key in keys)
    opened = await http.post("/mcp", json=hello, headers=mine)
    named = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}

    assert (await http.post("/mcp", json=ping, headers={**mine, **named})).status_code == 200
    assert (await http.post("/mcp", json=ping, headers={**theirs, **named})).status_code == 404
