"""The task: what it carries, the states it can be in, and every move between them."""

from typing import Final

import msgspec

BLOCKED: Final = "blocked"
SCHEDULED: Final = "scheduled"
READY: Final = "ready"
CLAIMED: Final = "claimed"
CANCELLING: Final = "cancelling"
DONE: Final = "done"
DEAD: Final = "dead"
CANCELLED: Final = "cancelled"

STATUSES: Final[dict[str, str]] = {
    BLOCKED: "waits for the tasks that it needs",
    SCHEDULED: "waits for its time: not before, or a retry's backoff",
    READY: "waits for a claim",
    CLAIMED: "an agent works on it under a lease",
    CANCELLING: "cancelled while claimed; the holder learns it with its next heartbeat",
    DONE: "completed with a result",
    DEAD: "given up: a dead letter with its causes",
    CANCELLED: "taken back before it was done",
}
HELD: Final = frozenset({CLAIMED, CANCELLING})
ENDED: Final = frozenset({DONE, DEAD, CANCELLED})

MOVES: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("", "TaskCreated"): frozenset({BLOCKED, SCHEDULED, READY}),
    (BLOCKED, "TaskUnblocked"): frozenset({BLOCKED, SCHEDULED, READY}),
    (SCHEDULED, "TaskBecameDue"): frozenset({READY}),
    (READY, "TaskClaimed"): frozenset({CLAIMED}),
    (CLAIMED, "LeaseExtended"): frozenset({CLAIMED}),
    (CLAIMED, "StepRecorded"): frozenset({CLAIMED}),
    (CLAIMED, "TaskCheckpointed"): frozenset({CLAIMED}),
    (CLAIMED, "TaskCompleted"): frozenset({DONE}),
    (CLAIMED, "TaskAttemptFailed"): frozenset({SCHEDULED}),
    (CLAIMED, "LeaseExpired"): frozenset({SCHEDULED}),
    (CLAIMED, "TaskReleased"): frozenset({READY}),
    (CLAIMED, "TaskCancelRequested"): frozenset({CANCELLING}),
    (CANCELLING, "TaskCompleted"): frozenset({DONE}),
    (CANCELLING, "StepRecorded"): frozenset({CANCELLING}),
    (CANCELLING, "TaskCheckpointed"): frozenset({CANCELLING}),
    (BLOCKED, "TaskCancelled"): frozenset({CANCELLED}),
    (SCHEDULED, "TaskCancelled"): frozenset({CANCELLED}),
    (READY, "TaskCancelled"): frozenset({CANCELLED}),
    (CANCELLING, "TaskCancelled"): frozenset({CANCELLED}),
    (BLOCKED, "TaskDied"): frozenset({DEAD}),
    (SCHEDULED, "TaskDied"): frozenset({DEAD}),
    (READY, "TaskDied"): frozenset({DEAD}),
    (CLAIMED, "TaskDied"): frozenset({DEAD}),
    (DEAD, "TaskRetried"): frozenset({BLOCKED, SCHEDULED, READY}),
}
"""The state machine: (status, event) gives the statuses that may follow. The documents' diagram and the
exhaustive test are made from this table."""

ERROR_CLASSES: Final[dict[str, str]] = {
    "TRANSIENT": "may succeed when tried again",
    "PERMANENT": "will fail each time: no retry",
    "DEPENDENCY": "something that it depends on failed: tried again",
    "POLICY": "not allowed: no retry",
    "TIMEOUT": "took too long: tried again",
}
RETRIED_CLASSES: Final = frozenset({"TRANSIENT", "DEPENDENCY", "TIMEOUT"})


class Cause(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Why one attempt ended without a result. `pos` is the event that says so."""

    pos: int
    error_class: str
    message: str
    attempt: int = 0
    agent: str = ""


class Task(msgspec.Struct, kw_only=True, gc=False, omit_defaults=True):
    """A task as the kernel holds it; also the body of its state row. Only `apply` changes it.

    `pos` is the position that created it and `changed_pos` the last that changed it; `fence` is the position
    of its latest claim. Times are the hub's, in microseconds since 1970; 0 means none.
    """

    id: str
    pos: int
    created_us: int
    title: str
    queue: str
    status: str
    priority: int
    lease_ms: int
    attempts_max: int
    backoff_base_ms: int
    backoff_cap_ms: int
    changed_pos: int = 0
    capabilities: tuple[str, ...] = ()
    category: str = ""
    run_id: str = ""
    needs: tuple[str, ...] = ()
    not_before_us: int = 0
    deadline_us: int = 0
    fairness_key: str = ""
    concurrency_key: str = ""
    idempotency_key: str = ""
    correlation_id: str = ""
    created_by: str = ""
    created_under: str = ""
    needs_open: tuple[str, ...] = ()
    due_us: int = 0
    fence: int = 0
    attempt: int = 0
    failures: int = 0
    holder_agent: str = ""
    holder_session: str = ""
    lease_until_us: int = 0
    claimed_us: int = 0
    ended_us: int = 0
    causes: tuple[Cause, ...] = ()
    cancel_reason: str = ""
    retried: int = 0
    progress_json: str = ""
    result_json: str = ""
    traceparent: str = ""

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        phase = 0 if self.status in (DONE, CANCELLED) else 2 if self.status == DEAD else 1
        return self.queue, self.status, self.changed_pos, phase


class TaskContent(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, kw_only=True):
    """The bulky part of a task, in a row of its own so that claims and heartbeats do not rewrite it."""

    pos: int
    instructions: str = ""
    payload_json: str = ""
    is_open: bool = True

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        return "", "", self.pos, 1 if self.is_open else 0
