"""Every verb as a typed method. Generated from the kernel's commands by `make docs`: do not edit.

A method sends only what differs from the command's defaults. Arguments marked as any value are JSON.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

from interlock.kernel.access.create import CreateKey, KeyMade
from interlock.kernel.access.revoke import KeyState, RevokeKey
from interlock.kernel.access.rotate import RotateKey
from interlock.kernel.access.view import GetKeys, Keys
from interlock.kernel.agent import (
    AgentState,
    GetAgent,
    PauseAgent,
    QuarantineAgent,
    RegisterAgent,
    ResumeAgent,
)
from interlock.kernel.backoff import Backoff
from interlock.kernel.command import Command
from interlock.kernel.fleet import Fleet, GetFleet
from interlock.kernel.help import AnswerHelp, GetHelpRequests, HelpRequests, HelpState, RequestHelp
from interlock.kernel.learned import LearnedPattern, PastFailure
from interlock.kernel.ledger import Blob, BlobRef, GetBlob, LogPage, PutBlob, ReadLog
from interlock.kernel.letters import DeadLetters, GetDeadLetters
from interlock.kernel.mail.ask import Answered, Ask, GetReply, NoAnswer
from interlock.kernel.mail.listing import FoundMessages, SearchMessages
from interlock.kernel.mail.receive import GetMessage, GetMessages, Messages, MessageView
from interlock.kernel.mail.send import MessageRef, SendMessage
from interlock.kernel.mail.settle import AckMessage, DeliveryState, RejectMessage
from interlock.kernel.program import (
    ContextSummary,
    DecayPatterns,
    GetProgramState,
    PatternState,
    ProgramState,
    ProgramVersion,
    ReinforcePattern,
    UpdateProgramState,
)
from interlock.kernel.queries import ReadTopic
from interlock.kernel.redrive import RedriveDeadLetters, Redriven
from interlock.kernel.roster import Agents, GetAgents, GetSessions, Sessions
from interlock.kernel.schedule.listing import GetSchedules, Schedules
from interlock.kernel.schedule.model import TaskTemplate
from interlock.kernel.schedule.verbs import (
    CreateSchedule,
    DeleteSchedule,
    GetSchedule,
    PauseSchedule,
    ResumeSchedule,
    ScheduleState,
)
from interlock.kernel.selection import Selection
from interlock.kernel.session import CloseSession, OpenSession, SessionState
from interlock.kernel.task.cancel import CancelTask, RetryTask
from interlock.kernel.task.cancelled import Cancellations, GetCancellations
from interlock.kernel.task.claim import Claim, ClaimTask, NothingReady
from interlock.kernel.task.create import CreateTask, TaskRef
from interlock.kernel.task.finish import CompleteTask, FailTask, ReleaseTask
from interlock.kernel.task.lease import ExtendLease, LeaseState
from interlock.kernel.task.listing import GetTasks, Tasks
from interlock.kernel.task.queue import ConfigureQueue, GetQueue, QueueState
from interlock.kernel.task.queues import GetQueues, Queues
from interlock.kernel.task.step import CheckpointKept, CheckpointTask, RecordStep, StepResult
from interlock.kernel.task.view import GetTask, TaskView
from interlock.kernel.timeline import GetTimeline, Timeline
from interlock.kernel.topic.listing import GetSubscriptions, GetTopics, Subscriptions, Topics
from interlock.kernel.topic.publish import EventRef, PublishEvent, TopicEvents
from interlock.kernel.topic.receive import GetEvents
from interlock.kernel.topic.settle import AckEvents, EventsSettled
from interlock.kernel.topic.subscribe import (
    GetSubscription,
    SeekSubscription,
    Subscribe,
    SubscriptionState,
    Unsubscribe,
)
from interlock.kernel.webhook.advance import AdvanceWebhook, Failure
from interlock.kernel.webhook.create import CreateWebhook, RotateWebhookSecret, WebhookMade
from interlock.kernel.webhook.steer import (
    DeleteWebhook,
    GetWebhook,
    GetWebhooks,
    PauseWebhook,
    ResumeWebhook,
    Webhooks,
    WebhookState,
)

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
        backoff: Backoff | dict[str, Any] | None = None,
        deadline: datetime | float | None = None,
        fairness_key: str = "",
        concurrency_key: str = "",
        idempotency_key: str = "",
        correlation_id: str = "",
        task_id: str = "",
        fence: int = 0,
        traceparent: str = "",
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
        The same `idempotency_key` from the same agent gives the first task again. `task_id` and `fence` prove the
        claim under which it is created. `traceparent` is handed to whoever claims it, so that the work belongs to the
        trace in which it was asked for; without one it is that of `task_id`.

        Refusals: idempotency_conflict, queue_full, not_found or wrong_status for `needs`, stale_fence, limit,
        disk_full.
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
        if task_id != "":
            fields["task_id"] = task_id
        if fence != 0:
            fields["fence"] = fence
        if traceparent != "":
            fields["traceparent"] = traceparent
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
        """Takes a task back. A claimed one is `cancelling` until its holder, who learns it from
        `get_cancellations` at once or else with its next heartbeat, ends it or its lease runs out; a result that
        comes before that still counts.

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

    async def get_cancellations(
        self,
        *,
        session: str = "",
        queues: Names = (),
        after: int = 0,
        wait_s: float = 0.0,
        agent: str = "",
        request_id: str = "",
    ) -> Cancellations:
        """Returns the claims of `agent` whose tasks were cancelled, so that work on them can stop at once.

        With `session` or `queues`, only those of that session, or in these queues. Give the `position` of the last
        answer as `after`, and each comes once. With `wait_s` it waits that long at the most for the first one.

        Returns `Cancellations`, which is false when there are none.
        """
        fields: dict[str, Any] = {}
        if session != "":
            fields["session"] = session
        if queues != ():
            fields["queues"] = queues
        if after != 0:
            fields["after"] = after
        if wait_s != 0.0:
            fields["wait_s"] = wait_s
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Cancellations = await self._call(GetCancellations, fields)
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

    async def get_queues(
        self,
        *,
        queue: Names = (),
        limit: int = 50,
        cursor: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> Queues:
        """Lists up to `limit` queues by name: those that hold open tasks, and those that were configured.

        `queue` names the only ones wanted. `cursor` is that of the page before.
        """
        fields: dict[str, Any] = {}
        if queue != ():
            fields["queue"] = queue
        if limit != 50:
            fields["limit"] = limit
        if cursor != "":
            fields["cursor"] = cursor
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Queues = await self._call(GetQueues, fields)
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
        Refusals: invalid (`agent` is empty, `all`, or begins with `group:`).
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

    async def get_agents(
        self,
        *,
        status: Literal["", "active", "paused", "quarantined"] = "",
        group: str = "",
        busy: bool | None = None,
        limit: int = 50,
        cursor: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> Agents:
        """Lists up to `limit` agents by name, each with its open sessions and the tasks it holds now.

        `status` is `active`, `paused` or `quarantined`; `group` names one whose messages they get; `busy` asks for
        those that hold a task, or for those that hold none. Agents that hold tasks without ever having registered or
        opened a session are listed, too. `cursor` is that of the page before.
        """
        fields: dict[str, Any] = {}
        if status != "":
            fields["status"] = status
        if group != "":
            fields["group"] = group
        if busy is not None:
            fields["busy"] = busy
        if limit != 50:
            fields["limit"] = limit
        if cursor != "":
            fields["cursor"] = cursor
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Agents = await self._call(GetAgents, fields)
        return reply

    async def get_sessions(
        self,
        *,
        name: str = "",
        limit: int = 50,
        cursor: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> Sessions:
        """Lists up to `limit` open sessions in the order of their opening, all or those of the agent `name`.

        `cursor` is that of the page before. Refusals: none.
        """
        fields: dict[str, Any] = {}
        if name != "":
            fields["name"] = name
        if limit != 50:
            fields["limit"] = limit
        if cursor != "":
            fields["cursor"] = cursor
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Sessions = await self._call(GetSessions, fields)
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
        traceparent: str = "",
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
        agent gives the first message again. `traceparent` is handed to its readers.

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
        if traceparent != "":
            fields["traceparent"] = traceparent
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

    async def publish_event(
        self,
        topic: str,
        *,
        payload: Any = None,
        key: str = "",
        idempotency_key: str = "",
        task_id: str = "",
        fence: int = 0,
        correlation_id: str = "",
        traceparent: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> EventRef:
        """Puts an event into a topic, for whoever reads it now or later, and returns its position.

        `key` says what the event is about, for its readers. `task_id` and `fence` prove the claim under which it is
        published. The same `idempotency_key` from the same agent gives the first event again. `traceparent` is handed
        to its readers.

        Refusals: paused (the agent is quarantined), not_found (no such task), stale_fence, idempotency_conflict,
        limit, disk_full.
        """
        fields: dict[str, Any] = {"topic": topic}
        if payload is not None:
            fields["payload"] = payload
        if key != "":
            fields["key"] = key
        if idempotency_key != "":
            fields["idempotency_key"] = idempotency_key
        if task_id != "":
            fields["task_id"] = task_id
        if fence != 0:
            fields["fence"] = fence
        if correlation_id != "":
            fields["correlation_id"] = correlation_id
        if traceparent != "":
            fields["traceparent"] = traceparent
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: EventRef = await self._call(PublishEvent, fields)
        return reply

    async def subscribe(
        self,
        topic: str,
        *,
        group: str,
        from_position: int | Literal["now", "start"] = "now",
        deliveries_max: int = 5,
        agent: str = "",
        request_id: str = "",
    ) -> SubscriptionState:
        """Makes a durable subscription of a consumer group to a topic.

        It begins behind `from_position`: `now`, `start`, or the position of an event. Made again, it keeps its
        place and its limit. An event that was handed out `deliveries_max` times and never settled becomes a dead
        letter. Refusals: invalid (a position that does not exist yet), limit.
        """
        fields: dict[str, Any] = {"topic": topic, "group": group}
        if from_position != "now":
            fields["from_position"] = from_position
        if deliveries_max != 5:
            fields["deliveries_max"] = deliveries_max
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: SubscriptionState = await self._call(Subscribe, fields)
        return reply

    async def seek_subscription(
        self, topic: str, *, group: str, position: int, agent: str = "", request_id: str = ""
    ) -> SubscriptionState:
        """Moves a group's place: the next event it gets is the first one behind `position`. 0 replays everything.

        What its members have in hand is forgotten; their receipts settle nothing any more.
        Refusals: not_found, invalid (a position that does not exist yet).
        """
        fields: dict[str, Any] = {"topic": topic, "group": group, "position": position}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: SubscriptionState = await self._call(SeekSubscription, fields)
        return reply

    async def get_subscription(
        self, topic: str, *, group: str, agent: str = "", request_id: str = ""
    ) -> SubscriptionState:
        """Returns a group's place in a topic. Refusals: not_found."""
        fields: dict[str, Any] = {"topic": topic, "group": group}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: SubscriptionState = await self._call(GetSubscription, fields)
        return reply

    async def get_subscriptions(
        self,
        *,
        topic: str = "",
        group: str = "",
        limit: int = 50,
        cursor: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> Subscriptions:
        """Lists up to `limit` subscriptions by topic and group, all or those of a `topic` or a `group`.

        `cursor` is that of the page before.
        """
        fields: dict[str, Any] = {}
        if topic != "":
            fields["topic"] = topic
        if group != "":
            fields["group"] = group
        if limit != 50:
            fields["limit"] = limit
        if cursor != "":
            fields["cursor"] = cursor
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Subscriptions = await self._call(GetSubscriptions, fields)
        return reply

    async def unsubscribe(
        self, topic: str, *, group: str, agent: str = "", request_id: str = ""
    ) -> SubscriptionState:
        """Ends a group's subscription and forgets its place. Refusals: not_found."""
        fields: dict[str, Any] = {"topic": topic, "group": group}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: SubscriptionState = await self._call(Unsubscribe, fields)
        return reply

    async def ack_events(
        self,
        topic: str,
        *,
        group: str,
        receipt: str,
        positions: Sequence[int] = (),
        agent: str = "",
        request_id: str = "",
    ) -> EventsSettled:
        """Settles the events of a receipt for a group, all or those at `positions`: they will not come again.

        A late receipt settles what nobody was handed since. Given again, it gets the same kind of answer.
        Refusals: not_found, stale_receipt (all of it was handed out again or the group was moved).
        """
        fields: dict[str, Any] = {"topic": topic, "group": group, "receipt": receipt}
        if positions != ():
            fields["positions"] = positions
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: EventsSettled = await self._call(AckEvents, fields)
        return reply

    async def get_program_state(self, *, agent: str = "", request_id: str = "") -> ProgramState:
        """Returns the program state of `agent`; version 0, and empty, for one that never kept any.

        Refusals: invalid (`agent` is empty).
        """
        fields: dict[str, Any] = {}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: ProgramState = await self._call(GetProgramState, fields)
        return reply

    async def update_program_state(
        self,
        *,
        if_version: int | None = None,
        context_summary: ContextSummary | dict[str, Any] | None = None,
        learned_patterns: Sequence[LearnedPattern | dict[str, Any]] | None = None,
        past_failures: Sequence[PastFailure | dict[str, Any]] | None = None,
        config: Any = None,
        task_id: str = "",
        fence: int = 0,
        agent: str = "",
        request_id: str = "",
    ) -> ProgramVersion:
        """Sets parts of the program state of `agent`; what is left out stays.

        With `if_version` only if that is still its version, so that two sessions cannot overwrite each other; 0
        means that there must be none yet. Of more than 500 learned patterns the weakest give way, of more than 200
        past failures the oldest. `task_id` and `fence` prove the claim under which it is written.

        Refusals: invalid (`agent` is empty), version_conflict, limit (over 256 KiB), not_found, stale_fence.
        """
        fields: dict[str, Any] = {}
        if if_version is not None:
            fields["if_version"] = if_version
        if context_summary is not None:
            fields["context_summary"] = context_summary
        if learned_patterns is not None:
            fields["learned_patterns"] = learned_patterns
        if past_failures is not None:
            fields["past_failures"] = past_failures
        if config is not None:
            fields["config"] = config
        if task_id != "":
            fields["task_id"] = task_id
        if fence != 0:
            fields["fence"] = fence
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: ProgramVersion = await self._call(UpdateProgramState, fields)
        return reply

    async def reinforce_pattern(
        self,
        pattern: str,
        *,
        domain: str = "",
        evidence: str = "",
        weight: float = 0.2,
        agent: str = "",
        request_id: str = "",
    ) -> PatternState:
        """Notes that a pattern held once more: its confidence c becomes c + (1 - c) * `weight`.

        A pattern that is new begins at 0. `evidence` joins the latest pieces of evidence.
        Refusals: invalid (`agent` is empty), limit (over 256 KiB).
        """
        fields: dict[str, Any] = {"pattern": pattern}
        if domain != "":
            fields["domain"] = domain
        if evidence != "":
            fields["evidence"] = evidence
        if weight != 0.2:
            fields["weight"] = weight
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: PatternState = await self._call(ReinforcePattern, fields)
        return reply

    async def decay_patterns(
        self, *, half_life_s: float = 2592000.0, agent: str = "", request_id: str = ""
    ) -> ProgramVersion:
        """Halves the confidence of all learned patterns for each `half_life_s` since they were last valued.

        Those that fall under 0.05 are forgotten. Decayed in two steps or in one, the result is the
        same but for rounding.
        Refusals: invalid (`agent` is empty).
        """
        fields: dict[str, Any] = {}
        if half_life_s != 2592000.0:
            fields["half_life_s"] = half_life_s
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: ProgramVersion = await self._call(DecayPatterns, fields)
        return reply

    async def create_schedule(
        self,
        name: str,
        *,
        task: TaskTemplate | dict[str, Any],
        cron: str = "",
        every_s: float | None = None,
        at: datetime | float | None = None,
        timezone: str = "UTC",
        paused: bool = False,
        catch_up: Literal["one", "none"] = "one",
        agent: str = "",
        request_id: str = "",
    ) -> ScheduleState:
        """Creates a task by the hub's clock, again and again or once.

        One of `cron` (five fields, read in `timezone`), `every_s`, or `at` (a point in time with a time zone, or
        seconds from now) says when; `task` says what, in the fields of `create_task`. Times that were missed by
        more than a minute, because no hub was there, give one task together with `catch_up` = `one` and none with
        `none`. The same schedule created again is left as it is.

        Refusals: invalid (not one time, an expression or time zone that cannot be read), idempotency_conflict
        (the name stands for another schedule: delete that first), limit, disk_full.
        """
        fields: dict[str, Any] = {"name": name, "task": task}
        if cron != "":
            fields["cron"] = cron
        if every_s is not None:
            fields["every_s"] = every_s
        if at is not None:
            fields["at"] = at
        if timezone != "UTC":
            fields["timezone"] = timezone
        if paused is not False:
            fields["paused"] = paused
        if catch_up != "one":
            fields["catch_up"] = catch_up
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: ScheduleState = await self._call(CreateSchedule, fields)
        return reply

    async def pause_schedule(
        self, name: str, *, agent: str = "", request_id: str = ""
    ) -> ScheduleState:
        """Lets a schedule rest. Refusals: not_found, wrong_status (it has fired for good)."""
        fields: dict[str, Any] = {"name": name}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: ScheduleState = await self._call(PauseSchedule, fields)
        return reply

    async def resume_schedule(
        self, name: str, *, agent: str = "", request_id: str = ""
    ) -> ScheduleState:
        """Goes on with the next time that is still to come; a single moment that passed meanwhile counts as missed.

        Refusals: not_found, wrong_status (it has fired for good).
        """
        fields: dict[str, Any] = {"name": name}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: ScheduleState = await self._call(ResumeSchedule, fields)
        return reply

    async def delete_schedule(
        self, name: str, *, agent: str = "", request_id: str = ""
    ) -> ScheduleState:
        """Forgets a schedule; the tasks that it created stay. Refusals: not_found."""
        fields: dict[str, Any] = {"name": name}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: ScheduleState = await self._call(DeleteSchedule, fields)
        return reply

    async def get_schedule(
        self, name: str, *, agent: str = "", request_id: str = ""
    ) -> ScheduleState:
        """Returns a schedule as it is now. Refusals: not_found."""
        fields: dict[str, Any] = {"name": name}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: ScheduleState = await self._call(GetSchedule, fields)
        return reply

    async def get_schedules(
        self,
        *,
        status: Literal["", "active", "paused"] = "",
        queue: str | Names = "",
        limit: int = 50,
        cursor: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> Schedules:
        """Lists up to `limit` schedules that may still fire, by name: all, or those that are `active` or `paused`, or
        that create tasks in a `queue` (a name or a list of names). `cursor` is that of the page before.
        """
        fields: dict[str, Any] = {}
        if status != "":
            fields["status"] = status
        if queue != "":
            fields["queue"] = queue
        if limit != 50:
            fields["limit"] = limit
        if cursor != "":
            fields["cursor"] = cursor
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Schedules = await self._call(GetSchedules, fields)
        return reply

    async def redrive_dead_letters(
        self, ids: Names, *, agent: str = "", request_id: str = ""
    ) -> Redriven:
        """Brings the named dead letters back, as `get_dead_letters` names them.

        A task starts afresh with all of its attempts; a message waits again at its old place, with its whole time
        to live and no delivery counted; a topic's event comes to its group again; a webhook's event is posted before
        what comes next. How often and why it died stays
        on record. What is not dead (any more), or finds no room, is skipped with its reason: so sent again it
        changes nothing.
        """
        fields: dict[str, Any] = {"ids": ids}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Redriven = await self._call(RedriveDeadLetters, fields)
        return reply

    async def request_help(
        self,
        title: str,
        *,
        summary: str = "",
        urgency: Literal["low", "normal", "high", "urgent"] = "normal",
        task_id: str = "",
        fence: int = 0,
        correlation_id: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> HelpState:
        """Asks people for help in the name of `agent`: an escalation that stays open until somebody answers it.

        `task_id` and `fence` prove the claim that it is about. The answer comes to the agent's mailbox as a RESULT
        whose `reply_to` is the request's id: `get_reply` waits for it. Refusals: invalid (`agent` is empty),
        not_found (no such task), stale_fence, limit, disk_full.
        """
        fields: dict[str, Any] = {"title": title}
        if summary != "":
            fields["summary"] = summary
        if urgency != "normal":
            fields["urgency"] = urgency
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
        reply: HelpState = await self._call(RequestHelp, fields)
        return reply

    async def answer_help(
        self, help_id: str, *, answer: str, agent: str = "", request_id: str = ""
    ) -> HelpState:
        """Answers an open request for help: the answer goes to the mailbox of the agent that asked, and the request is
        settled. Only people answer. Refusals: invalid (`agent` is empty), not_found, wrong_status (it is answered),
        mailbox_full, paused.
        """
        fields: dict[str, Any] = {"help_id": help_id, "answer": answer}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: HelpState = await self._call(AnswerHelp, fields)
        return reply

    async def get_help_requests(
        self,
        *,
        name: str = "",
        urgency: Literal["", "low", "normal", "high", "urgent"] = "",
        limit: int = 50,
        cursor: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> HelpRequests:
        """Lists up to `limit` open requests for help, oldest first: all, those of the agent `name`, or of an `urgency`.

        `cursor` is that of the page before.
        """
        fields: dict[str, Any] = {}
        if name != "":
            fields["name"] = name
        if urgency != "":
            fields["urgency"] = urgency
        if limit != 50:
            fields["limit"] = limit
        if cursor != "":
            fields["cursor"] = cursor
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: HelpRequests = await self._call(GetHelpRequests, fields)
        return reply

    async def create_webhook(
        self,
        url: str,
        *,
        selection: Selection | dict[str, Any] | None = None,
        description: str = "",
        from_position: int | Literal["now", "start"] = "now",
        posts_max: int = 15,
        secret_sealed: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> WebhookMade:
        """Makes a webhook: the events that `selection` takes are posted to `url` by the server, in order, each at
        least once, signed by the rules of Standard Webhooks.

        It begins behind `from_position`: `now`, `start`, or the position of an event. An event that was posted
        `posts_max` times in vain, over hours, becomes a dead letter. The answer carries the signing secret, this one
        time. Refusals: invalid (a URL or a type that cannot be, a position that does not exist yet, no server),
        forbidden (a target that the server does not allow), limit, disk_full.
        """
        fields: dict[str, Any] = {"url": url}
        if selection is not None:
            fields["selection"] = selection
        if description != "":
            fields["description"] = description
        if from_position != "now":
            fields["from_position"] = from_position
        if posts_max != 15:
            fields["posts_max"] = posts_max
        if secret_sealed != "":
            fields["secret_sealed"] = secret_sealed
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: WebhookMade = await self._call(CreateWebhook, fields)
        return reply

    async def rotate_webhook_secret(
        self,
        webhook_id: str,
        *,
        grace_s: float = 86400.0,
        secret_sealed: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> WebhookMade:
        """Gives a webhook a new signing secret. For `grace_s` the old one signs beside it, so that its receiver can
        change over.

        The answer carries the new secret, this one time. Refusals: not_found, invalid (no server).
        """
        fields: dict[str, Any] = {"webhook_id": webhook_id}
        if grace_s != 86400.0:
            fields["grace_s"] = grace_s
        if secret_sealed != "":
            fields["secret_sealed"] = secret_sealed
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: WebhookMade = await self._call(RotateWebhookSecret, fields)
        return reply

    async def get_webhook(
        self, webhook_id: str, *, agent: str = "", request_id: str = ""
    ) -> WebhookState:
        """Returns a webhook as it is now: how far it has come, and what went wrong last. Refusals: not_found."""
        fields: dict[str, Any] = {"webhook_id": webhook_id}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: WebhookState = await self._call(GetWebhook, fields)
        return reply

    async def get_webhooks(
        self, *, limit: int = 100, cursor: str = "", agent: str = "", request_id: str = ""
    ) -> Webhooks:
        """Lists up to `limit` webhooks, oldest first. `cursor` is that of the page before."""
        fields: dict[str, Any] = {}
        if limit != 100:
            fields["limit"] = limit
        if cursor != "":
            fields["cursor"] = cursor
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Webhooks = await self._call(GetWebhooks, fields)
        return reply

    async def pause_webhook(
        self, webhook_id: str, *, reason: str = "", agent: str = "", request_id: str = ""
    ) -> WebhookState:
        """Posts nothing to a webhook until it is resumed. Refusals: not_found."""
        fields: dict[str, Any] = {"webhook_id": webhook_id}
        if reason != "":
            fields["reason"] = reason
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: WebhookState = await self._call(PauseWebhook, fields)
        return reply

    async def resume_webhook(
        self, webhook_id: str, *, agent: str = "", request_id: str = ""
    ) -> WebhookState:
        """Goes on where the webhook stopped, at once and with all attempts for the event that failed.

        Refusals: not_found.
        """
        fields: dict[str, Any] = {"webhook_id": webhook_id}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: WebhookState = await self._call(ResumeWebhook, fields)
        return reply

    async def delete_webhook(
        self, webhook_id: str, *, agent: str = "", request_id: str = ""
    ) -> WebhookState:
        """Forgets a webhook. Refusals: not_found."""
        fields: dict[str, Any] = {"webhook_id": webhook_id}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: WebhookState = await self._call(DeleteWebhook, fields)
        return reply

    async def advance_webhook(
        self,
        webhook_id: str,
        *,
        position: int,
        delivered: int = 0,
        redriven: Sequence[int] = (),
        failure: Failure | dict[str, Any] | None = None,
        agent: str = "",
        request_id: str = "",
    ) -> WebhookState:
        """Notes what was posted to a webhook; sent by the server that posts.

        Everything up to `position` is settled: `delivered` events were taken, the others were not wanted. `redriven`
        are dead posts that were taken now. `failure` is an attempt in vain at the event that comes next.
        Refusals: not_found, invalid (a position beyond the log, a failure of an event that is not next).
        """
        fields: dict[str, Any] = {"webhook_id": webhook_id, "position": position}
        if delivered != 0:
            fields["delivered"] = delivered
        if redriven != ():
            fields["redriven"] = redriven
        if failure is not None:
            fields["failure"] = failure
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: WebhookState = await self._call(AdvanceWebhook, fields)
        return reply

    async def create_key(
        self,
        name: str,
        *,
        role: Literal["agent", "viewer", "operator", "approver", "admin"] = "agent",
        verbs: Names = (),
        queues: Names = (),
        profile: Literal["", "worker", "orchestrator", "operator"] = "",
        expires: datetime | float | None = None,
        namespace: str = "",
        digest: str = "",
        is_first: bool = False,
        agent: str = "",
        request_id: str = "",
    ) -> KeyMade:
        """Makes an access key for `name`: an agent, or a person when `role` is not `agent`.

        Whoever bears the key acts under this name alone. `verbs` and `queues` narrow what the role allows; without
        them there is no limit but the role's. `profile` chooses the tools that it shows over MCP. `expires` is a
        point in time with a time zone, or seconds from now. `namespace` is that of the key, the caller's own if it is
        left out; only an admin of the home namespace may name another, which is made if it is new.

        The answer carries the key itself, this one time: sent again under its request id, it does not.
        Refusals: invalid (a verb that is none, a name that stands for several agents), forbidden (the key would
        allow more, or last longer, than the caller's), limit, disk_full.
        """
        fields: dict[str, Any] = {"name": name}
        if role != "agent":
            fields["role"] = role
        if verbs != ():
            fields["verbs"] = verbs
        if queues != ():
            fields["queues"] = queues
        if profile != "":
            fields["profile"] = profile
        if expires is not None:
            fields["expires"] = expires
        if namespace != "":
            fields["namespace"] = namespace
        if digest != "":
            fields["digest"] = digest
        if is_first is not False:
            fields["is_first"] = is_first
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: KeyMade = await self._call(CreateKey, fields)
        return reply

    async def rotate_key(
        self,
        key_id: str,
        *,
        grace_s: float = 3600.0,
        namespace: str = "",
        digest: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> KeyMade:
        """Gives a key a new secret; the one before works for `grace_s` seconds more, and none before that.

        What the key allows stays. The answer carries the new key, this one time.
        Refusals: not_found, wrong_status (it is revoked), forbidden (it allows more than the caller's).
        """
        fields: dict[str, Any] = {"key_id": key_id}
        if grace_s != 3600.0:
            fields["grace_s"] = grace_s
        if namespace != "":
            fields["namespace"] = namespace
        if digest != "":
            fields["digest"] = digest
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: KeyMade = await self._call(RotateKey, fields)
        return reply

    async def revoke_key(
        self,
        key_id: str,
        *,
        reason: str = "",
        namespace: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> KeyState:
        """Ends a key: the next call under it, or under a token that was made with it, is refused.

        Calls that wait are given up, too. Revoked again, it gives the same answer. Refusals: not_found.
        """
        fields: dict[str, Any] = {"key_id": key_id}
        if reason != "":
            fields["reason"] = reason
        if namespace != "":
            fields["namespace"] = namespace
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: KeyState = await self._call(RevokeKey, fields)
        return reply

    async def get_keys(
        self,
        *,
        name: str = "",
        namespace: str = "",
        limit: int = 100,
        cursor: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> Keys:
        """Lists up to `limit` keys that are not revoked, oldest first, all or those of a `name`.

        `cursor` is that of the page before. Nothing of a secret is shown; of revoked keys the log tells.
        Refusals: invalid (no such cursor).
        """
        fields: dict[str, Any] = {}
        if name != "":
            fields["name"] = name
        if namespace != "":
            fields["namespace"] = namespace
        if limit != 100:
            fields["limit"] = limit
        if cursor != "":
            fields["cursor"] = cursor
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Keys = await self._call(GetKeys, fields)
        return reply

    async def get_events(
        self,
        topic: str,
        *,
        group: str,
        limit: int = 10,
        visibility_s: float = 60.0,
        wait_s: float = 0.0,
        session: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> TopicEvents:
        """Hands out up to `limit` events of a topic to one member of a group, oldest first, with one receipt.

        For `visibility_s` seconds no other member of the group gets the same events; then those that were not
        given to `ack_events` come again. At most 1,000 events of a group may be unsettled. With `wait_s` it waits
        that long at the most for the first one. A `request_id` is not looked at: ask again, and what the lost
        answer held comes again after its visibility.

        Returns `TopicEvents`, which is false when there are none. Refusals: not_found (the group is not
        subscribed), paused (the agent is quarantined), session_closed.
        """
        fields: dict[str, Any] = {"topic": topic, "group": group}
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
        reply: TopicEvents = await self._call(GetEvents, fields)
        return reply

    async def get_tasks(
        self,
        *,
        status: Literal[
            "blocked", "scheduled", "ready", "claimed", "cancelling", "done", "dead", "cancelled"
        ]
        | Sequence[
            Literal[
                "blocked",
                "scheduled",
                "ready",
                "claimed",
                "cancelling",
                "done",
                "dead",
                "cancelled",
            ]
        ] = (),
        queue: str | Names = "",
        holder: str = "",
        created_by: str = "",
        run_id: str = "",
        correlation_id: str = "",
        category: str = "",
        text: str = "",
        order: Literal["newest", "oldest"] = "newest",
        limit: int = 50,
        cursor: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> Tasks:
        """Lists up to `limit` tasks without claiming any: first the open ones by creation, then the ended ones by their
        end, each from the newest or the oldest.

        `status` is one or several of `blocked`, `scheduled`, `ready`, `claimed`, `cancelling`, `done`, `dead`,
        `cancelled`; `queue` is a name or a list of names; `holder` is the agent that has it now; `text` is part of
        the title, in any case. `cursor` is that of the page before: a page may be short, even empty, and still have
        one, when much had to be passed over. To take work use `claim_task`: it picks the right one, and two callers
        never get the same. Refusals: invalid (a strange cursor).
        """
        fields: dict[str, Any] = {}
        if status != ():
            fields["status"] = status
        if queue != "":
            fields["queue"] = queue
        if holder != "":
            fields["holder"] = holder
        if created_by != "":
            fields["created_by"] = created_by
        if run_id != "":
            fields["run_id"] = run_id
        if correlation_id != "":
            fields["correlation_id"] = correlation_id
        if category != "":
            fields["category"] = category
        if text != "":
            fields["text"] = text
        if order != "newest":
            fields["order"] = order
        if limit != 50:
            fields["limit"] = limit
        if cursor != "":
            fields["cursor"] = cursor
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Tasks = await self._call(GetTasks, fields)
        return reply

    async def get_fleet(self, *, agent: str = "", request_id: str = "") -> Fleet:
        """Returns the fleet at a glance: tasks by status, the deepest queues, the agents with what each does now (busy
        ones first), open messages, dead letters, and the throughput of the last 5 and 60 minutes.

        It costs one look at each queue and each agent, however many tasks there are.
        """
        fields: dict[str, Any] = {}
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Fleet = await self._call(GetFleet, fields)
        return reply

    async def search_messages(
        self,
        *,
        thread_id: str = "",
        source: str = "",
        recipient: str = "",
        message_type: Literal["DIRECTIVE", "QUERY", "RESULT", "ACK", "STATUS", "EVENT"]
        | None = None,
        status: Literal["", "open", "waiting", "handed_out", "closed"] = "",
        is_overdue: bool = False,
        order: Literal["newest", "oldest"] = "newest",
        limit: int = 50,
        cursor: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> FoundMessages:
        """Lists up to `limit` messages without handing any out: first those that somebody still has to settle, then the
        settled ones, each from the newest or the oldest.

        `status` is `open` (not settled by all), `waiting` (somebody has not read it), `handed_out` (somebody has it
        in hand), or `closed`; `is_overdue` asks for those that somebody was handed and did not settle in time.
        `recipient` finds closed messages by their target only. `cursor` is that of the page before: a page may be
        short, even empty, and still have one, when much had to be passed over. Refusals: invalid (a strange cursor).
        """
        fields: dict[str, Any] = {}
        if thread_id != "":
            fields["thread_id"] = thread_id
        if source != "":
            fields["source"] = source
        if recipient != "":
            fields["recipient"] = recipient
        if message_type is not None:
            fields["message_type"] = message_type
        if status != "":
            fields["status"] = status
        if is_overdue is not False:
            fields["is_overdue"] = is_overdue
        if order != "newest":
            fields["order"] = order
        if limit != 50:
            fields["limit"] = limit
        if cursor != "":
            fields["cursor"] = cursor
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: FoundMessages = await self._call(SearchMessages, fields)
        return reply

    async def get_topics(
        self, *, limit: int = 50, cursor: str = "", agent: str = "", request_id: str = ""
    ) -> Topics:
        """Lists up to `limit` topics that something was ever published to, by name, each with its latest position.

        `cursor` is that of the page before.
        """
        fields: dict[str, Any] = {}
        if limit != 50:
            fields["limit"] = limit
        if cursor != "":
            fields["cursor"] = cursor
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Topics = await self._call(GetTopics, fields)
        return reply

    async def get_timeline(
        self,
        task_id: str,
        *,
        after: int = 0,
        limit: int = 200,
        agent: str = "",
        request_id: str = "",
    ) -> Timeline:
        """Tells the story of a task: the events that concern it, oldest first, behind the position `after`.

        It looks from the task's creation on, at a bounded number of events in one call: `next_after` goes on from
        there, and is 0 when the end of the log was reached. Refusals: not_found (there is no such task).
        """
        fields: dict[str, Any] = {"task_id": task_id}
        if after != 0:
            fields["after"] = after
        if limit != 200:
            fields["limit"] = limit
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Timeline = await self._call(GetTimeline, fields)
        return reply

    async def ask(
        self,
        target: str,
        *,
        message: str = "",
        payload: Any = None,
        thread_id: str = "",
        ttl_s: float = 86400.0,
        correlation_id: str = "",
        traceparent: str = "",
        wait_s: float = 30.0,
        agent: str = "",
        request_id: str = "",
    ) -> Answered | NoAnswer:
        """Sends a QUERY from `agent` to `target` and waits up to `wait_s` seconds for the RESULT that replies to it.

        The answer is settled when it is given. Without one in time the reply is `NoAnswer`, which is false and names
        the message: wait on with `get_reply`, or ask again under the same request id, which sends nothing twice and
        gives the answer again if its reply was lost. Of a group the first answer counts. Refusals: those of
        `send_message`.
        """
        fields: dict[str, Any] = {"target": target}
        if message != "":
            fields["message"] = message
        if payload is not None:
            fields["payload"] = payload
        if thread_id != "":
            fields["thread_id"] = thread_id
        if ttl_s != 86400.0:
            fields["ttl_s"] = ttl_s
        if correlation_id != "":
            fields["correlation_id"] = correlation_id
        if traceparent != "":
            fields["traceparent"] = traceparent
        if wait_s != 30.0:
            fields["wait_s"] = wait_s
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Answered | NoAnswer = await self._call(Ask, fields)
        return reply

    async def get_reply(
        self, message_id: str, *, wait_s: float = 30.0, agent: str = "", request_id: str = ""
    ) -> Answered | NoAnswer:
        """Waits up to `wait_s` seconds for the RESULT that replies to the message `message_id` of `agent`, and settles
        it.

        Returns `NoAnswer`, which is false, when there is none in time; an answer that was given before is given
        again. Refusals: those of `get_messages`.
        """
        fields: dict[str, Any] = {"message_id": message_id}
        if wait_s != 30.0:
            fields["wait_s"] = wait_s
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: Answered | NoAnswer = await self._call(GetReply, fields)
        return reply

    async def get_dead_letters(
        self,
        *,
        noun: Literal["", "task", "message", "event", "webhook"] = "",
        queue: str = "",
        recipient: str = "",
        topic: str = "",
        reason: str = "",
        limit: int = 100,
        cursor: str = "",
        agent: str = "",
        request_id: str = "",
    ) -> DeadLetters:
        """Lists up to `limit` dead letters, all or those of a `noun`: `task`, `message`, `event` or
        `webhook`.

        `queue` selects tasks, `recipient` messages, `topic` events; `reason` is an error class such as TIMEOUT, or
        `expired`, `delivery_limit`, `rejected`, `post_limit`. `cursor` is that of the page before. They are ordered
        by kind and id. `redrive_dead_letters` brings them back.
        """
        fields: dict[str, Any] = {}
        if noun != "":
            fields["noun"] = noun
        if queue != "":
            fields["queue"] = queue
        if recipient != "":
            fields["recipient"] = recipient
        if topic != "":
            fields["topic"] = topic
        if reason != "":
            fields["reason"] = reason
        if limit != 100:
            fields["limit"] = limit
        if cursor != "":
            fields["cursor"] = cursor
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: DeadLetters = await self._call(GetDeadLetters, fields)
        return reply

    async def read_topic(
        self, topic: str, *, after: int = 0, limit: int = 100, agent: str = "", request_id: str = ""
    ) -> TopicEvents:
        """Reads up to `limit` durable events of a topic behind position `after`, oldest first, without a group:
        nothing is handed out and nothing has to be settled.
        """
        fields: dict[str, Any] = {"topic": topic}
        if after != 0:
            fields["after"] = after
        if limit != 100:
            fields["limit"] = limit
        if agent != "":
            fields["agent"] = agent
        if request_id != "":
            fields["request_id"] = request_id
        reply: TopicEvents = await self._call(ReadTopic, fields)
        return reply

    async def read_log(
        self,
        *,
        after: int = 0,
        limit: int = 100,
        wait_s: float = 0.0,
        agent: str = "",
        request_id: str = "",
    ) -> LogPage:
        """Returns the durable events behind the position `after`, in order.

        With `wait_s` it waits that long at the most for the first one. Returns `LogPage`, which is false when
        there are none.
        """
        fields: dict[str, Any] = {}
        if after != 0:
            fields["after"] = after
        if limit != 100:
            fields["limit"] = limit
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
