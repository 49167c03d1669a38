"""Every verb as a typed method. Generated from the kernel's commands by `make docs`: do not edit.

A method sends only what differs from the command's defaults. Arguments marked as any value are JSON.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

from interlock.kernel.agent import (
    AgentState,
    CloseSession,
    GetAgent,
    OpenSession,
    PauseAgent,
    QuarantineAgent,
    RegisterAgent,
    ResumeAgent,
    SessionState,
)
from interlock.kernel.backoff import Backoff
from interlock.kernel.command import Command
from interlock.kernel.ledger import Blob, BlobRef, GetBlob, LogPage, PutBlob, ReadLog
from interlock.kernel.mail.receive import GetMessage, GetMessages, Messages, MessageView
from interlock.kernel.mail.send import MessageRef, SendMessage
from interlock.kernel.mail.settle import AckMessage, DeliveryState, RejectMessage
from interlock.kernel.redrive import RedriveDeadLetters, Redriven
from interlock.kernel.task.cancel import CancelTask, RetryTask
from interlock.kernel.task.claim import Claim, ClaimTask, NothingReady
from interlock.kernel.task.create import CreateTask, TaskRef
from interlock.kernel.task.finish import CompleteTask, FailTask, ReleaseTask
from interlock.kernel.task.lease import ExtendLease, LeaseState
from interlock.kernel.task.queue import ConfigureQueue, GetQueue, QueueState
from interlock.kernel.task.step import CheckpointKept, CheckpointTask, RecordStep, StepResult
from interlock.kernel.task.view import GetTask, TaskView

Names: TypeAlias = tuple[str, ...] | list[str]
"""Several names."""


class Verbs:
    """The verbs of the plane. Whoever inherits it brings `_call`."""

    async def _call(self, command_type: type[Command], fields: dict[str, Any]) -> Any:
        """Carries a command to the hub and returns its reply; raises what a refusal means."""
        raise NotImplementedError

    async def create_task(
        self,
        title: str,
        *,
        instructions: str = "",
        queue: str = "default",
        payload: Any = None,
        priority: int | Literal["low", "normal", "high", "urgent"] = 4,
        capabilities: Names = (),
        category: str = "",
        run_id: str = "",
        needs: Names = (),
        not_before: datetime | float | None = None,
        lease_s: float = 60.0,
        attempts_max: int = 5,
        backoff: Backoff | None = None,
        deadline: datetime | float | None = None,
        fairness_key: str = "",
        concurrency_key: str = "",
        idempotency_key: str = "",
        correlation_id: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> TaskRef:
        """Puts a task into a queue and returns its id.

        `priority` is low, normal, high, urgent or 0 to 9 (higher goes first). `capabilities` are what a claimer
        must offer. `needs` are ids of tasks that must be done first. `not_before` and `deadline` are points in
        time with a time zone, or seconds from now; a task that passes its deadline becomes a dead letter with
        cause TIMEOUT. `lease_s` is how long a claim holds without a heartbeat. `backoff` spaces the retries;
        after `attempts_max` failed attempts the task becomes a dead letter and an escalation is raised.
        `fairness_key` shares the queue between tenants; of one `concurrency_key` only one task runs at a time.
        The same `idempotency_key` from the same agent gives the first task again.

        Refusals: idempotency_conflict, queue_full, not_found or wrong_status for `needs`, limit, disk_full.
        """
        fields: dict[str, Any] = {"title": title}
        if instructions != "":
            fields["instructions"] = instructions
        if queue != "default":
            fields["queue"] = queue
        if payload is not None:
            fields["payload"] = payload
        if priority != 4:
            fields["priority"] = priority
        if capabilities != ():
            fields["capabilities"] = capabilities
        if category != "":
            fields["category"] = category
        if run_id != "":
            fields["run_id"] = run_id
        if needs != ():
            fields["needs"] = needs
        if not_before is not None:
            fields["not_before"] = not_before
        if lease_s != 60.0:
            fields["lease_s"] = lease_s
        if attempts_max != 5:
            fields["attempts_max"] = attempts_max
        if backoff is not None:
            fields["backoff"] = backoff
        if deadline is not None:
            fields["deadline"] = deadline
        if fairness_key != "":
            fields["fairness_key"] = fairness_key
        if concurrency_key != "":
            fields["concurrency_key"] = concurrency_key
        if idempotency_key != "":
            fields["idempotency_key"] = idempotency_key
        if correlation_id != "":
            fields["correlation_id"] = correlation_id
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: TaskRef = await self._call(CreateTask, fields)
        return reply

    async def claim_task(
        self,
        *,
        task_id: str = "",
        queue: str | Names = "default",
        capabilities: Names = (),
        session: str = "",
        lease_s: float | None = None,
        wait_s: float = 0.0,
        agent: str = "",
        request_id: str = "",
    ) -> Claim | NothingReady:
        """Takes a task under a lease: the next one of `queue` (a name or a list of names), or `task_id`.

        The next one is that of the highest priority, then of the fairness key that is furthest behind, then the
        oldest, among the tasks whose required capabilities are all offered. With `wait_s` it waits that long at
        the most for work. `lease_s` overrides the task's own lease. The reply carries the fence that each later
        write must name.

        Returns `NothingReady`, which is false, when there is no work. Refusals: already_claimed (a named task that
        another holds), not_claimable, not_found, missing_capabilities, concurrency_busy, paused, session_closed.
        """
        fields: dict[str, Any] = {}
        if task_id != "":
            fields["task_id"] = task_id
        if queue != "default":
            fields["queue"] = queue
        if capabilities != ():
            fields["capabilities"] = capabilities
        if session != "":
            fields["session"] = session
        if lease_s is not None:
            fields["lease_s"] = lease_s
        if wait_s != 0.0:
            fields["wait_s"] = wait_s
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Claim | NothingReady = await self._call(ClaimTask, fields)
        return reply

    async def extend_lease(
        self,
        task_id: str,
        *,
        fence: int,
        lease_s: float | None = None,
        progress: Any = None,
        agent: str = "",
        request_id: str = "",
    ) -> LeaseState:
        """A heartbeat: the holder still works on the task, and may say how far it is.

        The reply tells how long the lease now lasts and whether the task was cancelled meanwhile. A heartbeat
        without progress reaches the ledger only when less than half of the lease is left. The lease of a
        cancelled task is not extended: it has to end.

        Refusals: stale_fence, not_found.
        """
        fields: dict[str, Any] = {"task_id": task_id, "fence": fence}
        if lease_s is not None:
            fields["lease_s"] = lease_s
        if progress is not None:
            fields["progress"] = progress
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: LeaseState = await self._call(ExtendLease, fields)
        return reply

    async def complete_task(
        self, task_id: str, *, fence: int, result: Any = None, agent: str = "", request_id: str = ""
    ) -> TaskRef:
        """Ends a task with its result. Sent again with the same fence and result it gives the same answer.

        Refusals: stale_fence (the lease has passed on), not_found, idempotency_conflict (same fence, other result).
        """
        fields: dict[str, Any] = {"task_id": task_id, "fence": fence}
        if result is not None:
            fields["result"] = result
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: TaskRef = await self._call(CompleteTask, fields)
        return reply

    async def fail_task(
        self,
        task_id: str,
        *,
        fence: int,
        error_class: Literal[
            "TRANSIENT", "PERMANENT", "DEPENDENCY", "POLICY", "TIMEOUT"
        ] = "TRANSIENT",
        error: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> TaskRef:
        """Ends an attempt without a result.

        TRANSIENT, DEPENDENCY and TIMEOUT are tried again after a backoff while attempts are left; PERMANENT and
        POLICY make a dead letter at once. The reply's status is `scheduled`, `dead`, or `cancelled` for a task
        that was cancelled meanwhile. Refusals: stale_fence, not_found.
        """
        fields: dict[str, Any] = {"task_id": task_id, "fence": fence}
        if error_class != "TRANSIENT":
            fields["error_class"] = error_class
        if error != "":
            fields["error"] = error
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: TaskRef = await self._call(FailTask, fields)
        return reply

    async def release_task(
        self, task_id: str, *, fence: int, reason: str = "", agent: str = "", request_id: str = ""
    ) -> TaskRef:
        """Gives a task back unharmed: it is ready again at its old place, and no attempt is counted as failed.

        Refusals: stale_fence, not_found.
        """
        fields: dict[str, Any] = {"task_id": task_id, "fence": fence}
        if reason != "":
            fields["reason"] = reason
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: TaskRef = await self._call(ReleaseTask, fields)
        return reply

    async def cancel_task(
        self, task_id: str, *, reason: str = "", agent: str = "", request_id: str = ""
    ) -> TaskRef:
        """Takes a task back. A claimed one is `cancelling` until its holder, who learns it with its next
        heartbeat, ends it or its lease runs out; a result that comes before that still counts.

        Cancelled again, it gives the same answer. Refusals: not_found, wrong_status (already done or dead).
        """
        fields: dict[str, Any] = {"task_id": task_id}
        if reason != "":
            fields["reason"] = reason
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: TaskRef = await self._call(CancelTask, fields)
        return reply

    async def retry_task(self, task_id: str, *, agent: str = "", request_id: str = "") -> TaskRef:
        """Brings a dead task back with fresh attempts; its causes stay on record.

        Refusals: not_found, wrong_status (it is not dead), or its needs ended undone meanwhile.
        """
        fields: dict[str, Any] = {"task_id": task_id}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: TaskRef = await self._call(RetryTask, fields)
        return reply

    async def record_step(
        self,
        task_id: str,
        *,
        fence: int,
        name: str,
        result: Any = None,
        agent: str = "",
        request_id: str = "",
    ) -> StepResult:
        """Keeps the result of a named step, so that a later attempt takes it instead of running the step again.

        The first result stays: recorded again, the reply carries it with `is_duplicate`. Refusals: stale_fence,
        not_found, limit.
        """
        fields: dict[str, Any] = {"task_id": task_id, "fence": fence, "name": name}
        if result is not None:
            fields["result"] = result
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: StepResult = await self._call(RecordStep, fields)
        return reply

    async def checkpoint_task(
        self,
        task_id: str,
        *,
        fence: int,
        checkpoint: Any = None,
        agent: str = "",
        request_id: str = "",
    ) -> CheckpointKept:
        """Keeps a note for the next attempt; the latest one counts. Refusals: stale_fence, not_found."""
        fields: dict[str, Any] = {"task_id": task_id, "fence": fence}
        if checkpoint is not None:
            fields["checkpoint"] = checkpoint
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: CheckpointKept = await self._call(CheckpointTask, fields)
        return reply

    async def get_task(self, task_id: str, *, agent: str = "", request_id: str = "") -> TaskView:
        """Returns a task, open or ended, as it is now. Refusals: not_found."""
        fields: dict[str, Any] = {"task_id": task_id}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: TaskView = await self._call(GetTask, fields)
        return reply

    async def configure_queue(
        self,
        queue: str,
        *,
        is_paused: bool | None = None,
        depth_max: int | None = None,
        weights: dict[str, int] | None = None,
        agent: str = "",
        request_id: str = "",
    ) -> QueueState:
        """Sets a queue's limits. Fields left out keep their value.

        A paused queue accepts tasks and hands none out. `weights` gives fairness keys a share other than 1; a key
        of weight 3 gets three tasks for each one of a key of weight 1 while both have work.
        """
        fields: dict[str, Any] = {"queue": queue}
        if is_paused is not None:
            fields["is_paused"] = is_paused
        if depth_max is not None:
            fields["depth_max"] = depth_max
        if weights is not None:
            fields["weights"] = weights
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: QueueState = await self._call(ConfigureQueue, fields)
        return reply

    async def get_queue(self, queue: str, *, agent: str = "", request_id: str = "") -> QueueState:
        """Returns a queue's configuration and its open tasks by status. An unused queue is empty, not an error."""
        fields: dict[str, Any] = {"queue": queue}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: QueueState = await self._call(GetQueue, fields)
        return reply

    async def register_agent(
        self,
        *,
        capabilities: Names = (),
        groups: Names = (),
        description: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> AgentState:
        """Makes an agent known, or updates what is known of it. Its status stays.

        `groups` are the groups whose messages it gets; `capabilities` describe it to people and orchestrators.
        Refusals: invalid (`agent` is empty).
        """
        fields: dict[str, Any] = {}
        if capabilities != ():
            fields["capabilities"] = capabilities
        if groups != ():
            fields["groups"] = groups
        if description != "":
            fields["description"] = description
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: AgentState = await self._call(RegisterAgent, fields)
        return reply

    async def get_agent(self, name: str, *, agent: str = "", request_id: str = "") -> AgentState:
        """Returns what is known of the agent `name`. Refusals: not_found."""
        fields: dict[str, Any] = {"name": name}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: AgentState = await self._call(GetAgent, fields)
        return reply

    async def pause_agent(
        self, name: str, *, reason: str = "", agent: str = "", request_id: str = ""
    ) -> AgentState:
        """The agent `name` gets no new claims until it is resumed; what it holds it may finish.

        Refusals: not_found, wrong_status (quarantined).
        """
        fields: dict[str, Any] = {"name": name}
        if reason != "":
            fields["reason"] = reason
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: AgentState = await self._call(PauseAgent, fields)
        return reply

    async def resume_agent(self, name: str, *, agent: str = "", request_id: str = "") -> AgentState:
        """Lets a paused or quarantined agent claim again. Refusals: not_found."""
        fields: dict[str, Any] = {"name": name}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: AgentState = await self._call(ResumeAgent, fields)
        return reply

    async def quarantine_agent(
        self, name: str, *, reason: str = "", agent: str = "", request_id: str = ""
    ) -> AgentState:
        """The agent `name` may neither claim nor send until a person resumes it. Refusals: not_found."""
        fields: dict[str, Any] = {"name": name}
        if reason != "":
            fields["reason"] = reason
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: AgentState = await self._call(QuarantineAgent, fields)
        return reply

    async def open_session(
        self, session: str, *, agent: str = "", request_id: str = ""
    ) -> SessionState:
        """Notes a process start of `agent`. `session` is a UUID made for this start, never used before.

        Refusals: invalid (`agent` is empty), session_closed (the id was used before).
        """
        fields: dict[str, Any] = {"session": session}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: SessionState = await self._call(OpenSession, fields)
        return reply

    async def close_session(
        self, session: str, *, agent: str = "", request_id: str = ""
    ) -> SessionState:
        """Notes the end of a process. Its claims stay until they are released or their leases end.

        Refusals: session_closed.
        """
        fields: dict[str, Any] = {"session": session}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: SessionState = await self._call(CloseSession, fields)
        return reply

    async def send_message(
        self,
        target: str,
        *,
        message_type: Literal["DIRECTIVE", "QUERY", "RESULT", "ACK", "STATUS", "EVENT"],
        message: str = "",
        payload: Any = None,
        reply_to: str = "",
        thread_id: str = "",
        priority: int | Literal["low", "normal", "high", "urgent"] = 4,
        ttl_s: float = 86400.0,
        deliveries_max: int = 5,
        idempotency_key: str = "",
        task_id: str = "",
        fence: int = 0,
        correlation_id: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> MessageRef:
        """Leaves a message from `agent` for `target` and returns its id.

        `target` is the name of an agent, registered or not; `group:<name>`, its members at this moment; or `all`,
        the agents registered at this moment. The sender of a group's or of all's message gets none itself.
        `reply_to` is the id of the message that this one answers; an ACK or a RESULT settles it for the sender.
        `thread_id` is that of the replied message unless given, or the message's own id. Who has not settled it
        `ttl_s` after it was sent, or has been handed it `deliveries_max` times, has a dead letter instead.
        `task_id` and `fence` prove the claim under which it is sent. The same `idempotency_key` from the same
        agent gives the first message again.

        Refusals: invalid (`agent` is empty), not_found (nobody is in the group, or no such task), paused (the
        sender is quarantined), stale_fence, mailbox_full (then nobody gets it), idempotency_conflict, limit,
        disk_full.
        """
        fields: dict[str, Any] = {"target": target, "message_type": message_type}
        if message != "":
            fields["message"] = message
        if payload is not None:
            fields["payload"] = payload
        if reply_to != "":
            fields["reply_to"] = reply_to
        if thread_id != "":
            fields["thread_id"] = thread_id
        if priority != 4:
            fields["priority"] = priority
        if ttl_s != 86400.0:
            fields["ttl_s"] = ttl_s
        if deliveries_max != 5:
            fields["deliveries_max"] = deliveries_max
        if idempotency_key != "":
            fields["idempotency_key"] = idempotency_key
        if task_id != "":
            fields["task_id"] = task_id
        if fence != 0:
            fields["fence"] = fence
        if correlation_id != "":
            fields["correlation_id"] = correlation_id
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: MessageRef = await self._call(SendMessage, fields)
        return reply

    async def get_messages(
        self,
        *,
        message_type: Literal["DIRECTIVE", "QUERY", "RESULT", "ACK", "STATUS", "EVENT"]
        | Sequence[Literal["DIRECTIVE", "QUERY", "RESULT", "ACK", "STATUS", "EVENT"]]
        | None = None,
        reply_to: str = "",
        thread_id: str = "",
        limit: int = 10,
        visibility_s: float = 60.0,
        wait_s: float = 0.0,
        session: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> Messages:
        """Hands out up to `limit` waiting messages of `agent`, each with a receipt.

        `message_type` (one or several), `reply_to` and `thread_id` select. For `visibility_s` seconds nobody else
        is handed the same message; then it comes again with a `delivery_count` one greater, unless its receipt was
        given to `ack_message` or `reject_message`. The sender with the most urgent message goes first; the
        messages of one sender come in the order in which they were sent. With `wait_s` it waits that long at the
        most for the first one.

        Returns `Messages`, which is false when there are none. Refusals: invalid (`agent` is empty), paused (the
        agent is quarantined: its messages stay), session_closed.
        """
        fields: dict[str, Any] = {}
        if message_type is not None:
            fields["message_type"] = message_type
        if reply_to != "":
            fields["reply_to"] = reply_to
        if thread_id != "":
            fields["thread_id"] = thread_id
        if limit != 10:
            fields["limit"] = limit
        if visibility_s != 60.0:
            fields["visibility_s"] = visibility_s
        if wait_s != 0.0:
            fields["wait_s"] = wait_s
        if session != "":
            fields["session"] = session
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Messages = await self._call(GetMessages, fields)
        return reply

    async def get_message(
        self, message_id: str, *, agent: str = "", request_id: str = ""
    ) -> MessageView:
        """Returns what was sent under a message id, without any delivery of it. Refusals: not_found."""
        fields: dict[str, Any] = {"message_id": message_id}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: MessageView = await self._call(GetMessage, fields)
        return reply

    async def ack_message(
        self, receipt: str, *, agent: str = "", request_id: str = ""
    ) -> DeliveryState:
        """Settles a message: it will not come again. Acknowledged again with the same receipt, the same answer.

        The latest receipt settles even when its visibility has ended, as long as nobody was handed the message
        since. Refusals: stale_receipt, not_found.
        """
        fields: dict[str, Any] = {"receipt": receipt}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: DeliveryState = await self._call(AckMessage, fields)
        return reply

    async def reject_message(
        self,
        receipt: str,
        *,
        reason: str = "",
        requeue: bool = False,
        agent: str = "",
        request_id: str = "",
    ) -> DeliveryState:
        """Refuses a message: it becomes a dead letter, or with `requeue` waits again at its old place.

        A requeued one that was handed out as often as it may be becomes a dead letter, too. Rejected again with
        the same receipt, the same answer. Refusals: stale_receipt, not_found.
        """
        fields: dict[str, Any] = {"receipt": receipt}
        if reason != "":
            fields["reason"] = reason
        if requeue is not False:
            fields["requeue"] = requeue
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: DeliveryState = await self._call(RejectMessage, fields)
        return reply

    async def redrive_dead_letters(
        self, ids: Names, *, agent: str = "", request_id: str = ""
    ) -> Redriven:
        """Brings the named dead letters back, as `get_dead_letters` names them.

        A task starts afresh with all of its attempts; a message waits again at its old place, with its whole time
        to live and no delivery counted. How often and why it died stays on record. What is not dead (any more), or
        finds no room, is skipped with its reason: so sent again it changes nothing.
        """
        fields: dict[str, Any] = {"ids": ids}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Redriven = await self._call(RedriveDeadLetters, fields)
        return reply

    async def read_log(
        self,
        *,
        after: int = 0,
        limit: int = 100,
        topic: str = "",
        wait_s: float = 0.0,
        agent: str = "",
        request_id: str = "",
    ) -> LogPage:
        """Returns the durable events behind the position `after`, in order; with `topic`, only those of the topic.

        With `wait_s` it waits that long at the most for the first one. Returns `LogPage`, which is false when
        there are none.
        """
        fields: dict[str, Any] = {}
        if after != 0:
            fields["after"] = after
        if limit != 100:
            fields["limit"] = limit
        if topic != "":
            fields["topic"] = topic
        if wait_s != 0.0:
            fields["wait_s"] = wait_s
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: LogPage = await self._call(ReadLog, fields)
        return reply

    async def put_blob(self, content: bytes, *, agent: str = "", request_id: str = "") -> BlobRef:
        """Keeps bytes that are too large for a payload; returns the reference under which anybody finds them.

        The same bytes have the same reference. Refusals: invalid (too large), disk_full, ledger_unavailable.
        """
        fields: dict[str, Any] = {"content": content}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: BlobRef = await self._call(PutBlob, fields)
        return reply

    async def get_blob(self, ref: str, *, agent: str = "", request_id: str = "") -> Blob:
        """Returns the bytes behind a reference. Refusals: not_found."""
        fields: dict[str, Any] = {"ref": ref}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Blob = await self._call(GetBlob, fields)
        return reply
