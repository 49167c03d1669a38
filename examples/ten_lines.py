"""An agent that existed before, brought under coordination in ten lines.

python examples/ten_lines.py                                              # try it
interlock worker examples/ten_lines.py:app --connect LEDGER --processes 4   # run it as a fleet
"""

import asyncio

import interlock
from interlock.worker import App, Context, Task


def my_agent(question: str) -> str:
    """Whatever you have: a chain, a graph, a loop around a model. It may block."""
    return f"{question} Yes, certainly."


app = App("answerer-01")


@app.handler(queue="questions")
def answer(task: Task, ctx: Context) -> str:
    return ctx.wait(ctx.step("answer", lambda: my_agent(task.payload)))


async def main() -> None:
    async with interlock.open(":memory:") as plane:
        asked = await plane.create_task("ask", queue="questions", payload="Does it work?")
        await plane.create_task("tell", queue="told", needs=[asked.task_id])
        async with asyncio.TaskGroup() as group:
            group.create_task(app.run(plane))
            await plane.claim_task(queue="told", wait_s=30)  # ready once the answer is there
            app.stop()
        print((await plane.get_task(asked.task_id)).result)


if __name__ == "__main__":
    asyncio.run(main())
