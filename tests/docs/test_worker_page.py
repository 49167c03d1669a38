"""The code on the workers' page runs."""

import asyncio
import re
from pathlib import Path
from typing import Any

import interlock
from interlock.worker import App
from tests.unit.worker.journal import Journal

PAGE = (Path(__file__).parents[2] / "docs" / "worker.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def block_with(text: str) -> str:
    return next(block for block in BLOCKS if text in block)


async def test_the_agents_of_the_page_work_together() -> None:
    builder: dict[str, Any] = {}
    exec(block_with('App(agent="builder-01")'), builder)
    reviewer: dict[str, Any] = {"app": App("reviewer-01")}
    exec(block_with("@app.on_message"), reviewer)
    async with interlock.open(":memory:") as plane:
        journal = Journal(plane)
        running = [asyncio.ensure_future(r["app"].run(plane)) for r in (builder, reviewer)]
        good = await plane.create_task("build", payload={"source": "x"})
        bad = await plane.create_task("build", payload={})
        await journal.find("TaskCompleted", task_id=good.task_id)
        await journal.find("TaskDied", task_id=bad.task_id)
        await journal.find("SubscriptionMade")
        await plane.publish_event("document.uploaded", payload=1)
        await journal.find("EventsAcked")
        for app in (builder["app"], reviewer["app"]):
            app.stop()
        await asyncio.gather(*running)
        assert (await plane.get_task(good.task_id)).result == {"review": ""}
        assert [e["task"]["queue"] for e in await journal.all("TaskCreated")][-1] == "extract"
