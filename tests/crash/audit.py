"""What the ledger says after a storm, held against what the processes were promised."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec

from interlock.kernel.apply import decode_event
from interlock.kernel.command import Event
from interlock.kernel.idempotency import RequestAnswered
from interlock.kernel.mail.send import MessageSent
from interlock.kernel.mail.settle import MessageAcked
from interlock.kernel.task.claim import TaskClaimed
from interlock.kernel.task.create import TaskCreated
from interlock.kernel.task.finish import TaskAttemptFailed, TaskCompleted, TaskReleased
from interlock.kernel.task.held import StaleWriteRefused
from interlock.kernel.task.lease import LeaseExpired, LeaseExtended
from interlock.kernel.task.step import StepRecorded
from interlock.observe.history import read_batches
from interlock.observe.verify import verify_ledger
from interlock.store.sqlite import SqliteStore
from tests.crash.journal import Promise, read_journals
from tests.crash.roles import Place


class Findings(msgspec.Struct, kw_only=True):
    """Figures, and what is wrong: `faults` must be empty, `holds` true."""

    holds: bool
    events: int = 0
    tasks: int = 0
    completed: int = 0
    messages: int = 0
    promises: int = 0
    stale_writes: int = 0
    leases_expired: int = 0
    faults: list[str] = []


async def audit(place: Place) -> Findings:
    """Opens the ledger and checks it against every journal."""
    store = await SqliteStore.open(place.ledger)
    try:
        proof = await verify_ledger(store)
        history = History()
        async for records in read_batches(store):
            for record in records:
                history.add(record.pos, decode_event(record.body))
    finally:
        await store.close()
    for name, promises in read_journals(place.folder):
        for promise in promises:
            history.hold_against(name, promise)
    history.check_ends()
    if proof.fault is not None:
        history.fault(f"verify: {proof.fault}")
    counts = history.counts
    return Findings(
        holds=proof.holds,
        events=proof.head,
        tasks=counts["TaskCreated"],
        completed=counts["TaskCompleted"],
        messages=counts["MessageSent"],
        promises=history.promises,
        stale_writes=counts["StaleWriteRefused"],
        leases_expired=counts["LeaseExpired"],
        faults=history.faults,
    )


class History:
    """Reads a log without the kernel's help: who held which task when, and what was done twice."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.promises = 0
        self._titles: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._claims: dict[int, str] = {}
        self._held: dict[str, tuple[int, int]] = {}
        self._completed: dict[str, int] = {}
        self._stale: set[tuple[str, int]] = set()
        self._sent: dict[str, str] = {}
        self._acked: set[str] = set()
        self._acts: set[tuple[str, str, int]] = set()
        self._requests: set[str] = set()
        self._read: dict[type[Event], Callable[[int, Any], None]] = {
            TaskCreated: self._created,
            TaskClaimed: self._claimed,
            LeaseExtended: self._extended,
            LeaseExpired: self._expired,
            TaskAttemptFailed: self._given_up,
            TaskReleased: self._given_up,
            TaskCompleted: self._done,
            StepRecorded: self._step,
            MessageSent: self._message_sent,
            MessageAcked: self._message_acked,
            StaleWriteRefused: self._refused,
            RequestAnswered: self._answered,
        }

    def fault(self, text: str) -> None:
        """Notes what is wrong."""
        self.faults.append(text)

    def add(self, pos: int, event: Event) -> None:
        """Takes the event at this position."""
        self.counts[type(event).__name__] += 1
        read = self._read.get(type(event))
        if read is not None:
            read(pos, event)

    def hold_against(self, name: str, promise: Promise) -> None:
        """Notes a fault if the log does not know what a process was promised."""
        self.promises += 1
        if not self._is_kept(promise):
            self.fault(f"lost: {name} was promised {promise}")

    def _is_kept(self, promise: Promise) -> bool:
        verb, task_id, fence = promise.verb, promise.task_id, promise.fence
        if verb == "create_task":
            return self._titles.get(promise.key) == task_id
        if verb == "claim_task":
            return self._claims.get(fence) == task_id
        if verb == "complete_task":
            return self._completed.get(task_id) == fence
        if verb == "send_message":
            return self._sent.get(promise.key) == task_id
        if verb == "ack_message":
            return task_id in self._acked
        if verb == "stale_fence":
            return (task_id, fence) in self._stale
        return (verb, task_id, fence) in self._acts

    def check_ends(self) -> None:
        """Notes each task that has no result, and each message that nobody settled."""
        for task_id, title in self._ids.items():
            if task_id not in self._completed:
                self.fault(f"{task_id} ({title}) has no result")
            if task_id in self._sent and self._sent[task_id] not in self._acked:
                self.fault(f"{self._sent[task_id]} was never settled")

    def _created(self, pos: int, event: TaskCreated) -> None:
        task = event.task
        if task.title in self._titles:
            self.fault(f"position {pos}: doubled: {task.title} is {self._titles[task.title]} too")
        self._titles[task.title] = task.id
        self._ids[task.id] = task.title

    def _claimed(self, pos: int, event: TaskClaimed) -> None:
        if event.task_id in self._held:
            self.fault(f"position {pos}: {event.task_id} is held already: {self._held}")
        if event.task_id in self._completed:
            self.fault(f"position {pos}: {event.task_id} was claimed after its result")
        self._claims[pos] = event.task_id
        self._held[event.task_id] = pos, event.lease_until_us

    def _extended(self, pos: int, event: LeaseExtended) -> None:
        fence, _ = self._held.get(event.task_id, (0, 0))
        if not fence:
            self.fault(f"position {pos}: a lease of {event.task_id} was extended that nobody had")
        self._held[event.task_id] = fence, event.lease_until_us
        self._acts.add(("extend_lease", event.task_id, fence))

    def _expired(self, pos: int, event: LeaseExpired) -> None:
        fence, until_us = self._held.pop(event.task_id, (0, 0))
        if fence != event.fence or event.at_us < until_us:
            self.fault(f"position {pos}: {event} took back a lease {fence} valid until {until_us}")

    def _given_up(self, pos: int, event: TaskAttemptFailed | TaskReleased) -> None:
        fence, _ = self._held.pop(event.task_id, (0, 0))
        if fence != event.fence:
            self.fault(f"position {pos}: {event} by one who did not hold it, but {fence}")
        verb = "release_task" if isinstance(event, TaskReleased) else "fail_task"
        self._acts.add((verb, event.task_id, event.fence))

    def _done(self, pos: int, event: TaskCompleted) -> None:
        fence, _ = self._held.pop(event.task_id, (0, 0))
        if fence != event.fence or event.result_json != f'{{"by":{fence}}}':
            self.fault(f"position {pos}: {event} by one who did not hold it, but {fence}")
        if event.task_id in self._completed:
            self.fault(f"position {pos}: doubled: {event.task_id} had its result")
        self._completed[event.task_id] = event.fence

    def _step(self, pos: int, event: StepRecorded) -> None:
        fence, _ = self._held.get(event.task_id, (0, 0))
        if event.result_json != str(fence):
            self.fault(f"position {pos}: {event} by one who did not hold it, but {fence}")
        self._acts.add(("record_step", event.task_id, fence))

    def _message_sent(self, pos: int, event: MessageSent) -> None:
        key = event.message.idempotency_key
        if key in self._sent:
            self.fault(f"position {pos}: doubled: the message {key} is {self._sent[key]} too")
        self._sent[key] = event.message.id

    def _message_acked(self, pos: int, event: MessageAcked) -> None:
        message_id = event.delivery_id.partition("/")[0]
        if message_id in self._acked:
            self.fault(f"position {pos}: doubled: {message_id} was settled before")
        self._acked.add(message_id)

    def _refused(self, pos: int, event: StaleWriteRefused) -> None:
        self._stale.add((event.task_id, event.fence))

    def _answered(self, pos: int, event: RequestAnswered) -> None:
        if event.request in self._requests:
            self.fault(
                f"position {pos}: doubled: the request {event.request} was carried out twice"
            )
        self._requests.add(event.request)
