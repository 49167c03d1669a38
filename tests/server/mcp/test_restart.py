"""A server that comes back: its memory of fences is gone, the tasks are not."""

from pathlib import Path

from mcp import Client

from interlock.server.serve import serve
from interlock.server.settings import Settings
from tests.server.mcp.tool_call import call, refused

NAMED = {"agent": "builder", "sessionId": "builder-1"}


async def test_after_a_restart_only_the_session_that_claimed_may_leave_the_fence_out(
    tmp_path: Path,
) -> None:
    settings = Settings(store=str(tmp_path / "fleet.db"), port=0)
    async with serve(settings) as serving, Client(f"{serving.url}/mcp") as client:
        id = (await call(client, "create_task", {"title": "Build"}))["id"]
        await call(client, "claim_task", {**NAMED, "taskId": id})

    async with serve(settings) as serving, Client(f"{serving.url}/mcp") as client:
        unnamed = await refused(client, "complete_task", {"agent": "builder", "taskId": id})
        other = {"agent": "builder", "sessionId": "builder-2", "taskId": id}
        refusal = await refused(client, "complete_task", other)
        done = await call(client, "complete_task", {**NAMED, "taskId": id})

    assert unnamed["code"] == refusal["code"] == "stale_fence"
    assert done["status"] == "done"
