"""Writes ledgers: an owner that decides commands at times of its own choosing and commits each by itself."""

from typing import Any

import msgspec

from interlock.kernel.apply import apply, encode_event
from interlock.kernel.border import make_command
from interlock.kernel.command import Event
from interlock.kernel.decide import VERBS, decide
from interlock.kernel.rows import pack_rows
from interlock.kernel.state import State
from interlock.kernel.tick import decide_alarm
from interlock.store.contract import Grant, Row, Store

START_US = 1_800_000_000_000_000
STEP_US = 1_000


class Scribe:
    """The owner of a store. Each command is a commit, unless `gather` holds commits back."""

    def __init__(self, store: Store, grant: Grant) -> None:
        self.store = store
        self.state = State()
        self.now_us = START_US
        self._grant = grant
        self._texts: list[str] = []
        self._is_gathering = False

    @classmethod
    async def own(cls, store: Store) -> "Scribe":
        return cls(store, await store.acquire("0", owner="scribe", ttl_ms=1_000))

    async def do(self, verb: str, **fields: Any) -> Any:
        """Decides, logs and commits; returns the reply, a refusal included."""
        self.now_us += STEP_US
        events, reply = decide(self.state, make_command(VERBS[verb], fields), self.now_us)
        await self.keep(events)
        return reply

    async def pass_time(self, seconds: float) -> None:
        """Lets time pass, then rings what is due, wave by wave."""
        self.now_us += int(seconds * 1_000_000)
        while ringing := self.state.alarms.ringing(self.now_us, limit=100):
            for key in ringing:
                events = decide_alarm(self.state, key, self.now_us)
                await self.keep(events)
                if not events:
                    self.state.alarms.clear(key)

    async def keep(self, events: list[Event]) -> None:
        """Applies the events and commits them."""
        for event in events:
            self._texts.append(encode_event(event))
            apply(self.state, event)
        if not self._is_gathering:
            await self.commit()

    async def commit(self) -> None:
        """Commits what has gathered."""
        if self._texts:
            await self.write(self._texts)
            self._texts = []

    async def write(self, texts: list[str]) -> None:
        """Commits any texts as events, with the rows of the state as it is."""
        rows = [Row(*columns, msgspec.Raw(body)) for *columns, body in pack_rows(self.state)]
        head = self._grant.head
        head = await self.store.commit(
            self._grant, head=head, events=texts, puts=rows, now_us=self.now_us
        )
        self._grant = msgspec.structs.replace(self._grant, head=head)

    async def gather(self, commands: list[tuple[str, dict[str, Any]]]) -> list[Any]:
        """Does all of these in one commit."""
        self._is_gathering = True
        replies = [await self.do(verb, **fields) for verb, fields in commands]
        self._is_gathering = False
        await self.commit()
        return replies


async def tell_story(scribe: Scribe) -> dict[str, str]:
    """A little of everything; returns the ids of the tasks by what became of them."""
    do = scribe.do
    await do("register_agent", agent="reader", capabilities=["pdf"], groups=["all"])
    await do("open_session", agent="reader", session="session-1")
    await do("configure_queue", queue="default", weights={"acme": 3})
    await leave_messages(scribe)
    await do("reinforce_pattern", agent="reader", pattern="totals stand last", domain="invoices")
    notes = {"handoff_notes": "half done", "open_questions": ["which currency?"]}
    await do("update_program_state", agent="reader", context_summary=notes, config={"depth": 0.1})
    await do("create_schedule", name="nightly", every_s=3_600, task={"title": "sweep"})

    done = (
        await do("create_task", title="Lies: \x1b[31m \u202e naïve ☃", payload={"euro": 1.5})
    ).task_id
    later = (await do("create_task", title="after it", needs=[done])).task_id
    claim = await do("claim_task", agent="reader", session="session-1", request_id="r1")
    assert claim.task_id == done
    await do("record_step", task_id=done, fence=claim.fence, name="ocr", result=[1, 2])
    await do("checkpoint_task", task_id=done, fence=claim.fence, checkpoint={"page": 3})
    await do("extend_lease", task_id=done, fence=claim.fence, progress={"percent": 50})
    await do("complete_task", task_id=done, fence=claim.fence, result={"ok": True}, agent="reader")
    await do("complete_task", task_id=done, fence=1, agent="zombie")

    dead = (await do("create_task", title="hopeless", attempts_max=2, queue="hard")).task_id
    first = await do("claim_task", queue="hard", agent="writer")
    await do("fail_task", task_id=dead, fence=first.fence, error="no luck")
    await scribe.pass_time(5)
    await do("claim_task", queue="hard", agent="writer", lease_s=1)
    await scribe.pass_time(2)

    revived = (
        await do(
            "create_task", title="twice born", attempts_max=1, queue="hard", instructions="try"
        )
    ).task_id
    again = await do("claim_task", queue="hard", agent="writer")
    await do("fail_task", task_id=revived, fence=again.fence, error_class="PERMANENT", error="no")
    await do("retry_task", task_id=revived)
    again = await do("claim_task", queue="hard", agent="writer")
    await scribe.pass_time(2)
    await do("complete_task", task_id=revived, fence=again.fence)

    gone = (await do("create_task", title="taken back", idempotency_key="k1")).task_id
    await do("cancel_task", task_id=gone)
    await do("pause_agent", name="reader", reason="lunch")
    return {"done": done, "ready": later, "dead": dead, "revived": revived, "cancelled": gone}


async def leave_messages(scribe: Scribe) -> None:
    """Two messages settled, one dead, one waiting; and a topic with an event."""
    do = scribe.do
    for number in range(3):
        await do(
            "send_message",
            target="reader",
            message_type="DIRECTIVE",
            message=f"read {number}",
            agent="boss",
        )
    await do(
        "send_message", target="absent", message_type="STATUS", payload={"up": True}, agent="boss"
    )
    found = await do("get_messages", agent="reader")
    receipts = [message.receipt for message in found.items]
    await do("ack_message", receipt=receipts[0], agent="reader")
    await do("reject_message", receipt=receipts[1], agent="reader", reason="not mine")
    await do(
        "send_message",
        target="boss",
        message_type="ACK",
        reply_to=found.items[2].id,
        agent="reader",
    )
    await do("subscribe", topic="uploads", group="readers", from_position="start", deliveries_max=1)
    await do("publish_event", topic="uploads", payload={"file": "a.pdf"}, agent="boss")
