"""The samples of the text that people come from, run as they are written there."""

from tests.server.mcp.conftest import Connect
from tests.server.mcp.tool_call import call


async def test_a_directive_is_left_read_and_acknowledged(connect: Connect) -> None:
    async with connect() as client:
        await call(
            client,
            "send_message",
            {
                "source": "agent-a",
                "target": "agent-b",
                "message_type": "DIRECTIVE",
                "message": "Run tests on PR #142",
            },
        )

        asked = {"sessionId": "agent-b-session", "message_type": "DIRECTIVE"}
        messages = (await call(client, "get_messages", asked))["messages"]
        for message in messages:
            await call(
                client,
                "send_message",
                {
                    "source": "agent-b",
                    "target": message["source"],
                    "message_type": "ACK",
                    "reply_to": message["id"],
                },
            )

        assert [message["message"] for message in messages] == ["Run tests on PR #142"]
        answered = await call(client, "get_messages", {"sessionId": "agent-a-session"})
        assert [(each["message_type"], each["reply_to"]) for each in answered["messages"]] == [
            ("ACK", messages[0]["id"])
        ]
        again = await call(client, "get_messages", asked)
        assert again["messages"] == []


async def test_a_retried_message_is_sent_once(connect: Connect) -> None:
    sent = {
        "source": "agent-a",
        "target": "agent-b",
        "message": "Deploy to staging",
        "idempotency_key": "deploy-staging-pr-142-attempt-1",
    }
    async with connect() as client:
        first = await call(client, "send_message", sent)
        second = await call(client, "send_message", sent)
        read = await call(client, "get_messages", {"sessionId": "agent-b-session"})

    assert second["id"] == first["id"]
    assert [message["message"] for message in read["messages"]] == ["Deploy to staging"]


async def test_a_fresh_session_goes_on_where_the_last_one_ended(connect: Connect) -> None:
    summary = {
        "lastTask": {
            "taskId": "task-0-1",
            "title": "Review PR #142",
            "outcome": "in_progress",
            "notes": "...",
        },
        "handoffNotes": "PR #142 ready for review. Tests passing.",
        "activeWorkItems": ["review-pr-142", "deploy-staging"],
    }
    async with connect() as client:
        await call(
            client,
            "update_program_state",
            {"programId": "builder-01", "contextSummary": summary},
        )
    async with connect() as client:
        state = await call(client, "get_program_state", {"programId": "builder-01"})

    assert state["contextSummary"] == summary


async def test_queued_work_is_listed_claimed_and_completed(connect: Connect) -> None:
    async with connect() as client:
        await call(
            client,
            "create_task",
            {"title": "Fix type errors in auth.ts", "priority": "high", "type": "task"},
        )

        tasks = (await call(client, "get_tasks", {"status": "created", "limit": 1}))["tasks"]
        assert len(tasks) > 0
        await call(client, "claim_task", {"taskId": tasks[0]["id"]})
        await call(client, "complete_task", {"taskId": tasks[0]["id"]})

        left = await call(client, "get_tasks", {"status": "created", "limit": 1})
        ended = await call(client, "get_tasks", {"status": "completed"})

    assert left["tasks"] == []
    assert [(each["title"], each["category"]) for each in ended["tasks"]] == [
        ("Fix type errors in auth.ts", "task")
    ]
