"""The state of one shard: the fold of its events, and the indexes that make decisions quick.

Everything that a restart must find again stands in rows; the indexes are rebuilt from the rows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from interlock.kernel.access.model import AccessKey, KeyRing
from interlock.kernel.alarm import Alarms
from interlock.kernel.directory import Directory
from interlock.kernel.ready import ConcurrencyGate, ReadyQueue
from interlock.kernel.tally import Tally

if TYPE_CHECKING:
    from interlock.kernel.agent import Agent
    from interlock.kernel.help import HelpRequest
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
    from interlock.kernel.webhook.model import Webhook


class Stored(Protocol):
    """What has a state row: a struct whose JSON is the body."""

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the row."""
        ...


@dataclass(eq=False, repr=False)
class State:
    """What one shard knows. Only `apply` changes it; `head` is the position of the last event applied."""

    shard: str = "0"
    head: int = 0
    alarms: Alarms = field(default_factory=Alarms)
    touched: dict[tuple[str, str], Stored | None] = field(default_factory=dict)
    """Rows changed since the last commit was packed; None stands for a deleted row."""
    woken: set[str] = field(default_factory=set)
    """Channels in which something appeared, such as `queue:default`; parked commands wait on these."""

    tasks: dict[str, Task] = field(default_factory=dict)
    contents: dict[str, TaskContent] = field(default_factory=dict)
    steps: dict[str, dict[str, Step]] = field(default_factory=dict)
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    ready: dict[str, ReadyQueue] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    directory: Directory = field(default_factory=Directory)
    gate: ConcurrencyGate = field(default_factory=ConcurrencyGate)
    dependents: dict[str, dict[str, None]] = field(default_factory=dict)
    doomed: dict[str, str] = field(default_factory=dict)
    """Blocked tasks whose need will never be done, with that need: the next ticks end them."""

    cancelling: dict[str, dict[str, None]] = field(default_factory=dict)
    """Tasks that were cancelled while they are held, by the agent that holds them."""

    messages: dict[str, Message] = field(default_factory=dict)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    unsettled: dict[str, int] = field(default_factory=dict)
    """How many deliveries of each open message are open."""
    agents: dict[str, Agent] = field(default_factory=dict)
    groups: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))
    sessions: dict[str, Session] = field(default_factory=dict)
    programs: dict[str, ProgramState] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    help: dict[str, HelpRequest] = field(default_factory=dict)
    """Requests for help that are open."""
    webhooks: dict[str, Webhook] = field(default_factory=dict)
    access: dict[str, AccessKey] = field(default_factory=dict)
    """Access keys that are not revoked."""
    ring: KeyRing = field(default_factory=KeyRing)
    keys: dict[str, KeyRecord] = field(default_factory=dict)
    """Idempotency keys."""
    requests: dict[str, RequestRecord] = field(default_factory=dict)
    request_slots: dict[str, str] = field(default_factory=dict)
    request_count: int = 0

    closed: dict[tuple[str, str], Stored] = field(default_factory=dict)
    """Finished things still at hand, by (kind, id): a cache that the hub bounds and refills from rows."""

    def touch(self, kind: str, id: str, stored: Stored | None) -> None:
        """Notes that a row has to be written, or deleted, with the next commit."""
        self.touched[kind, id] = stored
