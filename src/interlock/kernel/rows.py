"""State rows: what a commit writes and what a hub loads when it starts.

The kernel knows the kinds of rows and their bodies; how they are kept is the store's business.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from interlock.kernel.access.model import AccessKey, KeyRing
from interlock.kernel.agent import Agent, add_to_groups
from interlock.kernel.help import HelpRequest
from interlock.kernel.idempotency import KeyRecord, RequestRecord
from interlock.kernel.mail.model import HANDED_OUT, Delivery, Message
from interlock.kernel.mail.place import open_delivery, open_message
from interlock.kernel.program import ProgramState
from interlock.kernel.schedule.model import Schedule
from interlock.kernel.schedule.verbs import set_alarm as set_schedule_alarm
from interlock.kernel.session import Session, add_session
from interlock.kernel.task.model import HELD, Task, TaskContent
from interlock.kernel.task.place import restore, set_alarm
from interlock.kernel.task.queue import Queue, add_queue
from interlock.kernel.task.step import Checkpoint, Step, add_step
from interlock.kernel.topic.model import DeadEvent, Subscription, next_alarm_us
from interlock.kernel.webhook.model import DeadPost, Webhook

if TYPE_CHECKING:
    from interlock.kernel.state import State, Stored

PackedRow = tuple[str, str, str, str, int, int, bytes]
"""Kind, id, queue, status, position, phase and JSON body; an empty body deletes the row."""

_encode: Final = msgspec.json.Encoder().encode

KINDS: Final[dict[str, type[Any]]] = {
    "task": Task,
    "content": TaskContent,
    "step": Step,
    "checkpoint": Checkpoint,
    "queue": Queue,
    "agent": Agent,
    "session": Session,
    "access_key": AccessKey,
    "key_ring": KeyRing,
    "key": KeyRecord,
    "request": RequestRecord,
    "message": Message,
    "delivery": Delivery,
    "subscription": Subscription,
    "dead_event": DeadEvent,
    "program": ProgramState,
    "schedule": Schedule,
    "help": HelpRequest,
    "webhook": Webhook,
    "dead_post": DeadPost,
}
"""The struct behind each kind of row."""

_decoders: Final = {kind: msgspec.json.Decoder(struct).decode for kind, struct in KINDS.items()}


def pack_rows(state: "State") -> list[PackedRow]:
    """The rows changed since the last call, encoded as they are now."""
    rows: list[PackedRow] = []
    for (kind, id), stored in state.touched.items():
        if stored is None:
            rows.append((kind, id, "", "", 0, 0, b""))
        else:
            rows.append((kind, id, *stored.columns(), _encode(stored)))
    state.touched.clear()
    return rows


def decode_row(kind: str, body: bytes | msgspec.Raw) -> "Stored":
    """The struct behind a row's body."""
    stored: Stored = _decoders[kind](body)
    return stored


class Loader:
    """Rebuilds a state from its open rows, in any order; `finish` brings the indexes in line."""

    def __init__(self, state: "State") -> None:
        self._state = state

    def add(self, kind: str, id: str, body: bytes | msgspec.Raw) -> None:
        """Takes one row."""
        stored = decode_row(kind, body)
        _PUT[kind](self._state, id, stored)

    def finish(self, *, head: int, lease_floor_us: int = 0) -> None:
        """Builds the indexes over everything taken. No lease, and nothing that was handed out, is looked at
        before `lease_floor_us`: while no hub was there, no holder could send a heartbeat or settle."""
        state = self._state
        state.head = head
        waiting: list[Task] = []
        for task in state.tasks.values():
            if task.status in HELD:
                restore(state, task)
                _put_off(state, task.id, lease_floor_us)
            else:
                waiting.append(task)
        for task in waiting:
            restore(state, task)
        for task in waiting:
            for need in task.needs_open:
                if need not in state.tasks:
                    state.doomed[task.id] = need
                    set_alarm(state, task)
        for delivery in list(state.deliveries.values()):
            open_delivery(state, delivery)
            if delivery.status == HANDED_OUT:
                _put_off(state, delivery.id, lease_floor_us)
        for id in state.subscriptions.keys() & state.alarms.due.keys():
            _put_off(state, id, lease_floor_us)
        state.request_count = max(
            (record.number + 1 for record in state.requests.values()), default=0
        )


def _put_off(state: "State", key: str, until_us: int) -> None:
    """An alarm that is set rings at `until_us` at the earliest."""
    state.alarms.set(key, max(state.alarms.due[key], until_us))


def _put_task(state: "State", id: str, stored: Task) -> None:
    state.tasks[id] = stored


def _put_content(state: "State", id: str, stored: TaskContent) -> None:
    state.contents[id] = stored


def _put_step(state: "State", id: str, stored: Step) -> None:
    del id
    add_step(state, stored)


def _put_checkpoint(state: "State", id: str, stored: Checkpoint) -> None:
    state.checkpoints[id] = stored


def _put_queue(state: "State", id: str, stored: Queue) -> None:
    del id
    add_queue(state, stored)


def _put_agent(state: "State", id: str, stored: Agent) -> None:
    state.agents[id] = stored
    add_to_groups(state, stored)


def _put_session(state: "State", id: str, stored: Session) -> None:
    del id
    add_session(state, stored)


def _put_access_key(state: "State", id: str, stored: AccessKey) -> None:
    state.access[id] = stored


def _put_key_ring(state: "State", id: str, stored: KeyRing) -> None:
    del id
    state.ring = stored


def _put_key(state: "State", id: str, stored: KeyRecord) -> None:
    state.keys[id] = stored
    state.alarms.set(id, stored.until_us)


def _put_request(state: "State", id: str, stored: RequestRecord) -> None:
    state.request_slots[id] = stored.request
    state.requests[stored.request] = stored


def _put_message(state: "State", id: str, stored: Message) -> None:
    del id
    open_message(state, stored)


def _put_delivery(state: "State", id: str, stored: Delivery) -> None:
    state.deliveries[id] = stored


def _put_subscription(state: "State", id: str, stored: Subscription) -> None:
    state.subscriptions[id] = stored
    due_us = next_alarm_us(stored)
    if due_us:
        state.alarms.set(id, due_us)


def _put_program(state: "State", id: str, stored: ProgramState) -> None:
    state.programs[id] = stored


def _put_schedule(state: "State", id: str, stored: Schedule) -> None:
    state.schedules[id] = stored
    set_schedule_alarm(state, stored)


def _put_webhook(state: "State", id: str, stored: Webhook) -> None:
    state.webhooks[id] = stored


def _put_help(state: "State", id: str, stored: HelpRequest) -> None:
    state.help[id] = stored


_PUT: Final[dict[str, Callable[["State", str, Any], None]]] = {
    "task": _put_task,
    "content": _put_content,
    "step": _put_step,
    "checkpoint": _put_checkpoint,
    "queue": _put_queue,
    "agent": _put_agent,
    "session": _put_session,
    "access_key": _put_access_key,
    "key_ring": _put_key_ring,
    "key": _put_key,
    "request": _put_request,
    "message": _put_message,
    "delivery": _put_delivery,
    "subscription": _put_subscription,
    "program": _put_program,
    "schedule": _put_schedule,
    "help": _put_help,
    "webhook": _put_webhook,
}
