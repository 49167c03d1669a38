"""The state of one shard: the fold of its events, and the indexes that make decisions quick.

Everything that a restart must find again stands in rows; the indexes are rebuilt from the rows.
"""

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

from interlock.kernel.access.model import AccessKey, KeyRing
from interlock.kernel.alarm import Alarms
from interlock.kernel.directory import Directory
from interlock.kernel.ready import ConcurrencyGate, ReadyQueue
from interlock.kernel.tally import Tally

if TYPE_CHECKING:
    from interlock.kernel.agent import Agent
    from interlock.kernel.idempotency import KeyRecord, RequestRecord
    from interlock.kernel.mail.mailbox import Mailbox
    from interlock.kernel.mail.model import Delivery, Message
    from interlock.kernel.program import ProgramState
    from interlock.kernel.schedule.model import Schedule
    from interlock.kernel.session import Session
    from interlock.kernel.task.model import Task, TaskContent
    from interlock.kernel.task.queue import Queue
    from interlock.kernel.task.step import Checkpoint, Step
    from interlock.kernel.topic.model import Subscription


class Stored(Protocol):
    """What has a state row: a struct whose JSON is the body."""

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the row."""
        ...


class State:
    """What one shard knows. Only `apply` changes it; `head` is the position of the last event applied."""

    def __init__(self, shard: str = "0") -> None:
        self.shard = shard
        self.head = 0
        self.alarms = Alarms()
        self.touched: dict[tuple[str, str], Stored | None] = {}
        """Rows changed since the last commit was packed; None stands for a deleted row."""
        self.woken: set[str] = set()
        """Channels in which something appeared, such as `queue:default`; parked commands wait on these."""

        self.tasks: dict[str, Task] = {}
        self.contents: dict[str, TaskContent] = {}
        self.steps: dict[str, dict[str, Step]] = {}
        self.checkpoints: dict[str, Checkpoint] = {}
        self.queues: dict[str, Queue] = {}
        self.ready: dict[str, ReadyQueue] = {}
        self.counts: dict[str, dict[str, int]] = {}
        self.tally = Tally()
        self.directory = Directory()
        self.gate = ConcurrencyGate()
        self.dependents: dict[str, dict[str, None]] = {}
        self.doomed: dict[str, str] = {}
        """Blocked tasks whose need will never be done, with that need: the next ticks end them."""

        self.messages: dict[str, Message] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.mailboxes: dict[str, Mailbox] = {}
        self.unsettled: dict[str, int] = {}
        """How many deliveries of each open message are open."""
        self.agents: dict[str, Agent] = {}
        self.groups: dict[str, dict[str, None]] = defaultdict(dict)
        self.sessions: dict[str, Session] = {}
        self.programs: dict[str, ProgramState] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.schedules: dict[str, Schedule] = {}
        self.access: dict[str, AccessKey] = {}
        """Access keys that are not revoked."""
        self.ring = KeyRing()
        self.keys: dict[str, KeyRecord] = {}
        """Idempotency keys."""
        self.requests: dict[str, RequestRecord] = {}
        self.request_slots: dict[str, str] = {}
        self.request_count = 0

        self.closed: dict[tuple[str, str], Stored] = {}
        """Finished things still at hand, by (kind, id): a cache that the hub bounds and refills from rows."""

    def touch(self, kind: str, id: str, stored: Stored | None) -> None:
        """Notes that a row has to be written, or deleted, with the next commit."""
        self.touched[kind, id] = stored
