"""A fleet at work behind the console: its ledger is filled by the same verbs that agents use."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from interlock.hub.hub import Hub
from interlock.kernel.command import Refusal
from interlock.server.caller import HOME, OPEN
from interlock.server.serve import Serving

QUEUES = ("read", "extract", "summarise")


class Fleet:
    """The agents, the orchestrator, and a look into the ledger that goes past the console."""

    def __init__(self, serving: Serving) -> None:
        self.serving = serving

    async def call(self, verb: str, **fields: Any) -> Any:
        """The reply to a verb, as whoever `agent` names. A refusal fails the test."""
        reply = await self.serving.door.call(OPEN, verb, fields)
        assert not isinstance(reply, Refusal), f"{verb}: {reply.code}: {reply.message}"
        return reply

    async def refusal(self, verb: str, **fields: Any) -> str:
        """The code of the refusal that a verb meets."""
        reply = await self.serving.door.call(OPEN, verb, fields)
        assert isinstance(reply, Refusal), f"{verb} was not refused"
        return reply.code

    @property
    def hub(self) -> Hub:
        """The hub of the ledger, for a look that no key is needed for."""
        hub = self.serving.door.namespaces.get(HOME)
        assert hub is not None
        return hub

    async def crowd(self, titles: Iterable[str]) -> None:
        """Creates many tasks at once."""
        await asyncio.gather(*(self.create(title) for title in titles))

    async def live(self, title: str) -> None:
        """The whole life of a task."""
        task = await self.create(title)
        fence = await self.claim(task, agent="reader-01")
        await self.call("complete_task", task_id=task, fence=fence, agent="reader-01")

    async def status(self, task_id: str) -> str:
        """Where a task stands in the ledger."""
        view = await self.call("get_task", task_id=task_id)
        return str(view.task.status)

    async def create(self, title: str, **fields: Any) -> str:
        """A new task's id."""
        return str(
            (await self.call("create_task", title=title, agent="orchestrator", **fields)).task_id
        )

    async def claim(self, task_id: str, agent: str = "reader-01", **fields: Any) -> int:
        """The fence of a claim on a task."""
        return int((await self.call("claim_task", task_id=task_id, agent=agent, **fields)).fence)

    async def give_up(self, title: str, *, error: str = "the page cannot be decoded") -> str:
        """The id of a task that is dead."""
        task = await self.create(title)
        fence = await self.claim(task)
        await self.call(
            "fail_task",
            task_id=task,
            fence=fence,
            agent="reader-01",
            error_class="PERMANENT",
            error=error,
        )
        return task

    async def work(self) -> dict[str, str]:
        """A busy afternoon; returns the ids of the tasks worth looking at, by what became of them."""
        await self._arrive()
        tasks = await self._tasks()
        await self._mail()
        await self._learn()
        return tasks

    async def _arrive(self) -> None:
        for name in ("orchestrator", "reader-01", "reader-02", "extractor-01"):
            groups = ["readers"] if name.startswith("reader") else []
            await self.call(
                "register_agent",
                agent=name,
                capabilities=["pdf"],
                groups=groups,
                description="Reads documents.",
            )
            await self.call("open_session", agent=name, session=f"session-of-{name}")

    async def _tasks(self) -> dict[str, str]:
        done = await self.create(
            "Read contract-rental-german.txt", queue="read", payload={"pages": 12}, run_id="run-7"
        )
        fence = await self.claim(done, session="session-of-reader-01")
        await self.call(
            "fail_task", task_id=done, fence=fence, agent="reader-01", error="the model is busy"
        )
        return {"done": await self._finish(done), **await self._others()}

    async def _finish(self, task: str) -> str:
        # The retry's backoff has to pass by itself: the claim waits for it as an agent would.
        claim = await self.call(
            "claim_task", queue="read", agent="reader-02", session="session-of-reader-02", wait_s=5
        )
        for pages in (3, 6, 9):
            await self.call(
                "extend_lease",
                task_id=task,
                fence=claim.fence,
                agent="reader-02",
                progress={"pages": pages},
            )
        await self.call(
            "record_step", task_id=task, fence=claim.fence, agent="reader-02", name="ocr", result=12
        )
        await self.call(
            "complete_task",
            task_id=task,
            fence=claim.fence,
            agent="reader-02",
            result={"rent": "1,240.00 EUR"},
        )
        return task

    async def _others(self) -> dict[str, str]:
        claimed = await self.create(
            "Extract totals from invoice RE-2026-0502", queue="extract", priority="high"
        )
        await self.claim(
            claimed, agent="extractor-01", session="session-of-extractor-01", lease_s=600
        )
        dead = await self.give_up("Check the IBAN of supplier 4411")
        scheduled = await self.create("Send the weekly report", not_before=3_600)
        blocked = await self.create("Publish the summary", needs=[scheduled])
        cancelled = await self.create("Translate the minutes")
        await self.call(
            "cancel_task", task_id=cancelled, agent="orchestrator", reason="nobody reads them"
        )
        ready = [
            await self.create(f"Summarise document {number}", queue=QUEUES[number % 3])
            for number in range(12)
        ]
        return {
            "claimed": claimed, "dead": dead, "scheduled": scheduled, "blocked": blocked, "cancelled": cancelled,
            "ready": ready[0],
        }  # fmt: skip

    async def _mail(self) -> None:
        asked = await self.call(
            "send_message", agent="orchestrator", target="reader-01", message_type="DIRECTIVE",
            message="Read the rental contract first.", payload={"document": "contract-rental-german.txt"},
        )  # fmt: skip
        await self.call("get_messages", agent="reader-01", visibility_s=600)
        await self.call(
            "send_message", agent="reader-01", target="orchestrator", message_type="RESULT",
            message="The rent is 1,240.00 EUR.", reply_to=asked.message_id,
        )  # fmt: skip
        await self.call(
            "send_message",
            agent="orchestrator",
            target="group:readers",
            message_type="STATUS",
            message="Lunch.",
        )
        doubted = await self.call(
            "send_message",
            agent="reader-02",
            target="extractor-01",
            message_type="QUERY",
            message="Is the sum right?",
        )
        received = await self.call("get_messages", agent="extractor-01")
        await self.call(
            "reject_message",
            agent="extractor-01",
            receipt=received.items[0].receipt,
            reason="that is not mine",
        )
        assert doubted.message_id
        await self.call(
            "request_help",
            agent="extractor-01",
            title="Which of the two totals holds?",
            summary="Page 1 says 1,240.00 EUR, page 3 says 1,420.00 EUR.",
            urgency="high",
        )

    async def _learn(self) -> None:
        await self.call(
            "update_program_state", agent="reader-01",
            context_summary={
                "handoff_notes": "German contracts name the rent in section 3.",
                "open_questions": ["VAT?"],
            },
            past_failures=[{"what": "took the deposit for the rent", "remedy": "look for Miete"}],
        )  # fmt: skip
        await self.call(
            "reinforce_pattern",
            agent="reader-01",
            pattern="Rent stands in section 3",
            domain="contracts",
        )


@dataclass(frozen=True)
class Afternoon:
    """A fleet that did its work, and the ids of the tasks worth looking at, by what became of them."""

    fleet: Fleet
    tasks: dict[str, str]
