"""Every move of every state machine happens, and no other does."""

from collections import defaultdict
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from interlock.kernel.access.model import ACCESS_MOVES
from interlock.kernel.agent import AGENT_MOVES
from interlock.kernel.command import Event
from interlock.kernel.mail.model import DELIVERY_MOVES, DELIVERY_STATUSES
from interlock.kernel.schedule.model import SCHEDULE_MOVES
from interlock.kernel.task.model import ERROR_CLASSES, MOVES, STATUSES
from tests.unit.kernel.shard import Shard

Moves = dict[tuple[str, str], set[str]]
STEPS = 6_000
KIND_AND_FIELD = {
    "task": "task_id",
    "delivery": "delivery_id",
    "agent": "agent",
    "schedule": "name",
    "access_key": "key_id",
}


class WatchedShard(Shard):
    """Notes the status of the thing that each event speaks of, before and after it."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, Moves] = defaultdict(lambda: defaultdict(set))

    def keep(self, events: Any) -> None:
        for event in events:
            keys = self.spoken_of(event)
            before = [self.rows[key][3] if key in self.rows else "" for key in keys]
            super().keep([event])
            for key, status in zip(keys, before, strict=True):
                self.seen[key[0]][status, type(event).__name__].add(self.rows[key][3])

    def spoken_of(self, event: Event) -> list[tuple[str, str]]:
        """The rows whose life the event is a part of."""
        name = type(event).__name__
        if name == "MessageSent":
            return [
                ("delivery", f"{event.message.id}/{recipient}")  # type: ignore[attr-defined]
                for recipient in event.recipients  # type: ignore[attr-defined]
            ]
        if name == "MessagesDelivered":
            return [("delivery", id) for id in event.deliveries]  # type: ignore[attr-defined]
        if name == "TaskCreated":
            return [("task", event.task.id)]  # type: ignore[attr-defined]
        if name == "ScheduleCreated":
            return [("schedule", event.schedule.name)]  # type: ignore[attr-defined]
        if name == "KeyCreated":
            return [("access_key", event.key.id)]  # type: ignore[attr-defined]
        prefixes = {
            "access_key": ("KeyRotated", "KeyRevoked"),
            "task": ("Task", "Lease", "Step"),
            "delivery": "Message",
            "schedule": "Schedule",
        }
        for kind, prefix in {**prefixes, "agent": "Agent"}.items():
            if name.startswith(prefix):
                return [(kind, getattr(event, KIND_AND_FIELD[kind]))]
        return []


class Walk:
    """A seeded walk that does anything at all, mostly sensible things."""

    def __init__(self, shard: Shard, seed: int) -> None:
        self.shard = shard
        self.random = Random(seed)
        self.ids: list[str] = []
        self.receipts: list[str] = ["none@1"]

    def run(self, *actions: Callable[[], Any]) -> None:
        """Takes steps, and starts again from the rows now and then."""
        for step in range(STEPS):
            self.random.choice(actions)()
            if step % 700 == 699:
                self.shard.restart()

    def some(self, *values: Any) -> Any:
        """One of the values."""
        return self.random.choice(values)

    def recent(self) -> str:
        """The id of one of the last things created."""
        return self.random.choice(self.ids[-12:] or ["task-0-0"])

    def advance(self) -> None:
        """Lets some time pass."""
        self.shard.advance(self.some(0.1, 1, 5, 30))

    def create(self) -> None:
        """A task, perhaps blocked, scheduled, or with a deadline."""
        reply = self.shard.do(
            "create_task",
            title="t",
            needs=[self.recent(), self.recent()] if self.ids and self.some(0, 1) else [],
            not_before=self.some(None, None, 3, 20, 60),
            deadline=self.some(None, None, None, 4, 40),
            attempts_max=self.some(1, 2, 3),
            lease_s=self.some(2, 10),
            priority=self.some("low", "urgent", 5),
            concurrency_key=self.some("", "", "k"),
            backoff={"base_s": 1, "cap_s": 4},
        )
        if hasattr(reply, "task_id"):
            self.ids.append(reply.task_id)

    def hold(self) -> None:
        """Some verb of a holder, or of one that thinks it is."""
        held = [task.id for task in self.shard.state.tasks.values() if task.holder_agent]
        id = self.random.choice(held) if held and self.some(0, 1) else self.recent()
        task = self.shard.state.tasks.get(id)
        fence = task.fence if task and self.some(0, 1, 1, 1) else 1
        holder = {"task_id": id, "fence": fence}
        act = self.some(
            ("extend_lease", {"progress": self.some(None, 1)}),
            ("complete_task", {"result": self.some(None, 1)}),
            ("fail_task", {"error_class": self.some(*ERROR_CLASSES)}),
            ("release_task", {}),
            ("record_step", {"name": self.some("a", "b", "c", "d"), "result": 1}),
            ("checkpoint_task", {"checkpoint": 1}),
        )
        self.shard.do(act[0], **holder, **act[1])

    def claim(self) -> None:
        """The next task, or a certain one."""
        self.shard.do("claim_task", task_id=self.some("", self.recent()), agent=self.some("a", "b"))

    def cancel_or_retry(self) -> None:
        """What people do."""
        self.shard.do(self.some("cancel_task", "retry_task"), task_id=self.recent())

    def send(self) -> None:
        """A message, perhaps an answer."""
        reply = self.shard.do(
            "send_message",
            agent=self.some("a", "b"),
            target=self.some("a", "b"),
            message_type=self.some("ACK", "QUERY", "STATUS"),
            reply_to=self.some("", self.recent()),
            ttl_s=self.some(3, 60),
            deliveries_max=self.some(1, 3),
        )
        self.ids.append(reply.message_id)

    def read(self) -> None:
        """Some of a mailbox."""
        items = self.shard.do("get_messages", agent=self.some("a", "b"), limit=2, visibility_s=4)
        self.receipts = self.receipts[-8:] + [item.receipt for item in items.items]

    def settle(self) -> None:
        """A receipt, perhaps an old one."""
        receipt = self.random.choice(self.receipts)
        if self.some(0, 1):
            self.shard.do("ack_message", receipt=receipt)
        else:
            self.shard.do("reject_message", receipt=receipt, requeue=self.some(True, False))

    def redrive(self) -> None:
        """Whatever is dead."""
        dead = [letter.id for letter in self.shard.dead_letters(limit=5).items]
        if dead:
            self.shard.do("redrive_dead_letters", ids=dead)

    def agent(self) -> None:
        """An agent's life."""
        verb = self.some("register_agent", "pause_agent", "resume_agent", "quarantine_agent")
        name = self.some("a", "b", "c")
        self.shard.do(verb, **({"agent": name} if verb == "register_agent" else {"name": name}))

    def schedule(self) -> None:
        """A schedule's life."""
        name = f"s{self.random.randrange(12)}"
        verb = self.some("create", "create", "pause", "resume")
        fields: dict[str, Any] = {}
        if verb == "create":
            when = self.some({"every_s": 10}, *({"at": seconds} for seconds in range(1, 40)))
            fields = {
                "task": {"title": "t", "queue": "q"},
                "paused": self.some(True, False),
                **when,
            }
            fields["catch_up"] = self.some("one", "none")
        self.shard.do(f"{verb}_schedule", name=name, **fields)

    def key(self) -> None:
        """Some verb on an access key."""
        made = self.shard.do("create_key", name="ann", digest="a" * 64)
        for verb in self.some(["revoke_key"], ["rotate_key", "revoke_key", "rotate_key"]):
            digest = {"digest": "b" * 64} if verb == "rotate_key" else {}
            self.shard.do(verb, key_id=made.key_id, **digest)

    def sleep(self) -> None:
        """The hub is down for a while."""
        self.shard.sleep_through(self.some(30, 100))
        self.shard.tick()


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("kind", "moves", "actions"),
    [
        ("task", MOVES, "create claim claim hold hold hold advance cancel_or_retry"),
        ("delivery", DELIVERY_MOVES, "send send read read settle advance redrive"),
        ("agent", AGENT_MOVES, "agent"),
        ("schedule", SCHEDULE_MOVES, "schedule advance sleep"),
        ("access_key", ACCESS_MOVES, "key"),
    ],
)
def test_the_moves_that_happen_are_those_of_the_table(
    kind: str, moves: dict[tuple[str, str], frozenset[str]], actions: str, seed: int
) -> None:
    shard = WatchedShard()
    walk = Walk(shard, seed)

    walk.run(*(getattr(walk, action) for action in actions.split()))

    assert {move: frozenset(after) for move, after in shard.seen[kind].items()} == moves


def test_every_status_has_a_meaning_and_a_way_in() -> None:
    for statuses, moves in ((STATUSES, MOVES), (DELIVERY_STATUSES, DELIVERY_MOVES)):
        assert {status for after in moves.values() for status in after} == statuses.keys()
