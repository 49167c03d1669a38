"""What the log tells of the fleet: where each document is, what each process does, and how each document ended."""

from collections import Counter
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from interlock.demo.intake import Intake
from interlock.demo.roles import ASPECTS, FILE, READ

CRITICAL: Final = frozenset({READ, FILE} | {aspect.queue for aspect in ASPECTS if aspect.critical})
"""The queues whose dead letters end a document."""

GIVEN_UP: Final = "given_up"
"""The reason of a dead letter that no agent gave a reason for."""

ENDED: Final = ("TaskCompleted", "TaskDied", "TaskCancelled")


class DocumentEnd(msgspec.Struct, frozen=True):
    """How a document ended: the task that ended it, and of a dead letter its reason and detail."""

    outcome: Literal["result", "dead_letter"]
    task_id: str
    reason: str = ""
    detail: str = ""


State = Literal["starting", "idle", "working", "killed", "gone"]


class AgentProcess(msgspec.Struct):
    """One process of an agent, by its session."""

    agent: str
    session: str
    state: State = "idle"
    task: str = ""
    done: int = 0


class _Task(msgspec.Struct):
    document_id: str
    queue: str
    title: str
    session: str = ""
    error: str = ""
    claims: int = 0


class _Cause(msgspec.Struct, frozen=True):
    message: str = ""
    error_class: str = ""


class _Born(msgspec.Struct, frozen=True):
    id: str
    queue: str
    title: str
    run_id: str = ""


class _Line(msgspec.Struct, frozen=True):
    """The fields of those events that the board looks at."""

    type: str
    task: _Born | None = None
    task_id: str = ""
    agent: str = ""
    session: str = ""
    cause: _Cause | None = None
    error: str = ""


_decode: Final = msgspec.json.Decoder(_Line).decode


class Claimed(msgspec.Struct, frozen=True):
    """A claim that the log has just shown."""

    agent: str
    session: str
    task_id: str
    fence: int


class Board:
    """Follows the log, event by event."""

    def __init__(self, documents: Iterable[Intake]) -> None:
        self.documents = {document.id: document for document in documents}
        self.ends: dict[str, DocumentEnd] = {}
        self.processes: dict[str, AgentProcess] = {}
        self.passed: Counter[str] = Counter()
        """How many documents each queue is done with."""
        self.retries: Counter[str] = Counter()
        """Claims after the first of a task, by agent."""
        self.doubled = 0
        """Results of documents that had an end."""
        self.events = 0
        self._tasks: dict[str, _Task] = {}
        self._open: set[str] = set()
        self._created: Counter[str] = Counter()

    @property
    def is_complete(self) -> bool:
        """Whether each document has reached its end and nobody has anything left to do for it."""
        return (
            len(self.ends) == len(self.documents)
            and not self._open
            and all(self._created[aspect.queue] == self.passed[READ] for aspect in ASPECTS)
        )

    @property
    def dead(self) -> int:
        """Documents that ended as dead letters."""
        return sum(end.outcome == "dead_letter" for end in self.ends.values())

    @property
    def endless(self) -> list[Intake]:
        """The documents that have no end so far."""
        return [found for id, found in self.documents.items() if id not in self.ends]

    def attempts(self) -> Counter[str]:
        """By document, how often its most tried task was claimed."""
        most: Counter[str] = Counter()
        for task in self._tasks.values():
            most[task.document_id] = max(most[task.document_id], task.claims)
        return most

    def title(self, task_id: str) -> str:
        """What a task is about."""
        return self._tasks[task_id].title

    def kill(self, session: str) -> None:
        """Notes that the process of a session was killed, which the log does not say."""
        self._move(session, "killed")

    def note(self, pos: int, body: str) -> Claimed | None:
        """Takes in one event; a claim is handed back to whoever waits for one."""
        self.events = pos
        line = _decode(body)
        if line.type == "TaskCreated" and line.task is not None:
            born = line.task
            self._tasks[born.id] = _Task(born.run_id, queue=born.queue, title=born.title)
            self._open.add(born.id)
            self._created[born.queue] += 1
        elif line.type == "SessionOpened":
            self.processes[line.session] = AgentProcess(line.agent, session=line.session)
        elif line.type == "SessionClosed":
            self._move(line.session, "gone")
        elif (task := self._tasks.get(line.task_id)) is not None:
            if line.type == "TaskClaimed":
                self._claim(line, task)
                return Claimed(line.agent, line.session, task_id=line.task_id, fence=pos)
            self._note_end(line, task)
        return None

    def _claim(self, line: _Line, task: _Task) -> None:
        task.claims += 1
        task.session = line.session
        self.retries[line.agent] += task.claims > 1
        process = self.processes.get(line.session)
        if process is not None:
            process.state, process.task = "working", task.title

    def _note_end(self, line: _Line, task: _Task) -> None:
        if line.type in ENDED:
            self._open.discard(line.task_id)
        if line.type in ("TaskAttemptFailed", "LeaseExpired", "TaskReleased"):
            task.error = line.error or "the lease expired"
            self._move(task.session, "idle")
        elif line.type == "TaskCompleted":
            self._complete(line, task)
        elif line.type == "TaskDied":
            self._move(task.session, "idle")
            self._die(line, task)

    def _complete(self, line: _Line, task: _Task) -> None:
        process = self.processes.get(task.session)
        if process is not None:
            process.done += 1
            self._move(task.session, "idle")
        self.passed[task.queue] += 1
        if task.queue == FILE:
            self.doubled += task.document_id in self.ends
            self.ends[task.document_id] = DocumentEnd("result", line.task_id)

    def _die(self, line: _Line, task: _Task) -> None:
        if task.queue not in CRITICAL or task.document_id in self.ends:
            return
        told = (line.cause.message if line.cause else "") or task.error
        reason, found, detail = told.partition(": ")
        # Only a handler says why in this form; everything else is the plane's own word.
        is_reason = bool(found) and reason.replace("_", "").isalpha() and reason.islower()
        self.ends[task.document_id] = DocumentEnd(
            "dead_letter",
            line.task_id,
            reason=reason if is_reason else GIVEN_UP,
            detail=detail if is_reason else told,
        )

    def _move(self, session: str, state: State) -> None:
        process = self.processes.get(session)
        # What was killed stays killed, whatever is found out about its work later.
        if process is not None and process.state not in ("killed", "gone"):
            process.state, process.task = state, ""
