"""Every event of a task, checked against what came before it."""

from collections import deque
from typing import Any

from tests.sim.call import Calls
from tests.sim.people_oracle import PeopleOracle
from tests.sim.task_model import ENDED, FINAL_CLASSES, HELD, Event, Shares, Shelf, TaskModel, Tenure
from tests.sim.violation import Violation

WINDOW_US = 24 * 3_600 * 1_000_000
STRIDE_US = 60 * 1_000_000


class TaskOracle:
    """The tasks of one shard, from its log."""

    def __init__(self, calls: Calls, people: PeopleOracle) -> None:
        self.calls = calls
        self.people = people
        self.tasks: dict[str, TaskModel] = {}
        self.open: dict[str, TaskModel] = {}
        self.ready: dict[str, dict[str, TaskModel]] = {}
        self.shelves: dict[str, Shelf] = {}
        self.shares: dict[str, Shares] | None = None
        """Kept in worlds where fairness can be judged: one level, no capabilities, no names."""
        self.fences: dict[int, Tenure] = {}
        self.running: dict[str, str] = {}
        self.dependents: dict[str, set[str]] = {}
        self.keys: dict[tuple[str, str], tuple[str, int]] = {}
        self.keys_ever: set[tuple[str, str]] = set()
        self.paused: set[str] = set()
        self.paused_pos: dict[str, int] = {}
        self.named: set[str] = set()
        """Tasks that somebody may have claimed by name: the order of the queue is not theirs."""
        self.floor_us = 0
        self.floor_pos = 0
        """Until `floor_us`, a hub that just started leaves the claims up to `floor_pos` alone."""
        self.due: deque[tuple[str, str]] = deque()
        """Events that must follow at once: (type, id)."""
        self.unblocking: set[tuple[str, str]] = set()
        self.doomed: set[str] = set()
        self.deaths = 0
        self.at_us = 0
        self.takers = {
            "TaskCreated": self._created,
            "TaskUnblocked": self._unblocked,
            "TaskBecameDue": self._became_due,
            "TaskClaimed": self._claimed,
            "LeaseExtended": self._extended,
            "LeaseExpired": self._expired,
            "TaskCompleted": self._completed,
            "TaskAttemptFailed": self._failed,
            "TaskReleased": self._released,
            "TaskCancelRequested": self._cancel_requested,
            "TaskCancelled": self._cancelled,
            "TaskRetried": self._retried,
            "TaskDied": self._died,
            "StaleWriteRefused": self._stale_refused,
            "StepRecorded": self._step,
            "TaskCheckpointed": self._checkpointed,
            "QueueConfigured": self._queue,
        }

    def task(self, id: str, *statuses: str) -> TaskModel:
        """The task, which must be in one of these states."""
        task = self.tasks.get(id)
        if task is None:
            raise Violation("events_follow_the_lifecycle", f"there is no {id}")
        if task.status not in statuses:
            raise Violation(
                "events_follow_the_lifecycle", f"{id} is {task.status}, not {' or '.join(statuses)}"
            )
        return task

    def move(self, task: TaskModel, status: str, pos: int) -> None:
        """Puts the task into a state and remembers it."""
        before = task.status
        if before == "ready":
            del self.ready[task.queue][task.id]
            if task.is_free:
                self.shelves[task.queue].remove(task)
        elif before in HELD and status not in HELD:
            tenure = self.fences[task.fence]
            tenure.end_pos = pos
            tenure.lease_until_us = task.lease_until_us
            task.agent, task.lease_until_us = "", 0
            if task.concurrency:
                self.running.pop(task.concurrency, None)
        task.status = status
        if status == "ready":
            task.ready_pos, task.ready_us = pos, self.at_us
            self.ready.setdefault(task.queue, {})[task.id] = task
            if task.is_free:
                self.shelves.setdefault(task.queue, Shelf()).add(task)
        elif status in ENDED:
            self._end(task)
        task.history[pos] = (status, task.fence, task.attempt, task.failures)

    def _end(self, task: TaskModel) -> None:
        self.open.pop(task.id, None)
        self.doomed.discard(task.id)
        task.due_us = 0
        task.steps.clear()
        task.checkpoint.clear()
        for need in task.needs_open:
            self.dependents.get(need, set()).discard(task.id)
        waiting = self.dependents.get(task.id, ())
        if task.status == "done":
            self.unblocking.update((dependent, task.id) for dependent in waiting)
        else:
            self.doomed.update(waiting)

    def _start(self, task: TaskModel, at_us: int, pos: int) -> None:
        if task.needs_open:
            self.move(task, "blocked", pos)
        elif task.not_before_us > at_us:
            task.due_us = task.not_before_us
            self.move(task, "scheduled", pos)
        else:
            self.move(task, "ready", pos)

    def _created(self, event: Event, pos: int) -> None:
        task = TaskModel(event, pos)
        if task.id != f"task-0-{pos}":
            raise Violation("ids_name_their_position", f"{task.id} at {pos}")
        unmet = {need for need in task.needs if self.status(need) != "done"}
        if unmet != task.needs_open or any(self.status(need) in ENDED for need in unmet):
            raise Violation("dependents_wait_for_their_needs", f"{task.id} needs {task.needs}")
        key = task.created.get("idempotency_key")
        if key:
            self._keep_key(task.created.get("created_by", ""), key, task.id, event["at_us"])
        for need in task.needs_open:
            self.dependents.setdefault(need, set()).add(task.id)
        self.calls.effect(task.created["title"], pos)
        self.tasks[task.id] = self.open[task.id] = task
        self._start(task, event["at_us"], pos)
        if task.status != task.created["status"]:
            raise Violation(
                "events_follow_the_lifecycle", f"{task.id} starts {task.created['status']}"
            )

    def _keep_key(self, sender: str, key: str, ref: str, at_us: int) -> None:
        known = self.keys.get((sender, key))
        if known is not None:
            raise Violation("one_key_one_task", f"{ref} and {known[0]} under {key} of {sender!r}")
        self.keys_ever.add((sender, key))
        self.keys[sender, key] = (ref, at_us + WINDOW_US - STRIDE_US)

    def status(self, id: str) -> str:
        """The status of a task that may not exist."""
        task = self.tasks.get(id)
        return "" if task is None else task.status

    def _unblocked(self, event: Event, pos: int) -> None:
        task = self.task(event["task_id"], "blocked")
        need = event["need"]
        if self.status(need) != "done" or need not in task.needs_open:
            raise Violation("dependents_wait_for_their_needs", f"{task.id} is freed of {need}")
        self.unblocking.discard((task.id, need))
        task.needs_open.discard(need)
        self.dependents[need].discard(task.id)
        self._start(task, event["at_us"], pos)

    def _became_due(self, event: Event, pos: int) -> None:
        task = self.task(event["task_id"], "scheduled")
        if task.due_us > event["at_us"]:
            raise Violation("nothing_starts_before_its_time", f"{task.id} is due at {task.due_us}")
        task.due_us = 0
        self.move(task, "ready", pos)

    def _claimed(self, event: Event, pos: int) -> None:
        task = self.tasks.get(event["task_id"])
        if task is not None and task.status in HELD:
            raise Violation("one_winner_at_a_time", f"{task.id} is held by fence {task.fence}")
        task = self.task(event["task_id"], "ready")
        if any(self.status(need) != "done" for need in task.needs):
            raise Violation("dependents_wait_for_their_needs", f"{task.id} starts too early")
        self.people.check_claim(event.get("agent", ""), event.get("session", ""))
        if task.concurrency:
            other = self.running.setdefault(task.concurrency, task.id)
            if other != task.id:
                raise Violation("one_per_concurrency_key", f"{task.id} beside {other}")
        if task.id not in self.named:
            if task.queue in self.paused:
                raise Violation("a_paused_queue_hands_nothing_out", task.id)
            shelf = self.shelves.get(task.queue)
            if shelf is not None:
                shelf.check(task)
                if self.shares is not None:
                    shares = self.shares.setdefault(task.queue, Shares())
                    shares.serve(task.fairness, shelf.levels[task.priority])
        if pos <= task.fence:
            raise Violation("fences_only_grow", f"{pos} after {task.fence}")
        task.fence = task.lease_pos = pos
        task.attempt += 1
        task.agent = event.get("agent", "")
        task.lease_until_us = event["lease_until_us"]
        if task.lease_until_us != event["at_us"] + event["lease_ms"] * 1_000:
            raise Violation(
                "leases_count_by_the_hubs_clock", f"{task.id} until {task.lease_until_us}"
            )
        self.fences[pos] = Tenure(task, event)
        self.move(task, "claimed", pos)

    def _extended(self, event: Event, pos: int) -> None:
        task = self.task(event["task_id"], "claimed")
        if event["lease_until_us"] < task.lease_until_us:
            raise Violation("a_heartbeat_never_shortens", task.id)
        self._check_holder(event.get("progress_json"), task, pos)
        task.lease_pos = pos
        task.lease_until_us = event["lease_until_us"]
        self.fences[task.fence].lease_until_us = task.lease_until_us
        task.history[pos] = (task.status, task.fence, task.attempt, task.failures)

    def _check_holder(self, marker: Any, task: TaskModel, pos: int) -> None:
        """The command that left this mark must name the fence that holds the task now."""
        call = self.calls.effect(marker, pos)
        if call is not None and call.command.fence != task.fence:
            raise Violation(
                "a_stale_fence_writes_nothing",
                f"{call.command.verb} with {call.command.fence} on {task.id} of {task.fence}",
            )

    def _expired(self, event: Event, pos: int) -> None:
        task = self.task(event["task_id"], "claimed")
        until_us = task.lease_until_us
        if task.lease_pos <= self.floor_pos:
            until_us = max(until_us, self.floor_us)
        if event["fence"] != task.fence or event["at_us"] < until_us:
            raise Violation(
                "a_valid_lease_is_never_taken_back", f"{task.id}: {until_us} > {event['at_us']}"
            )
        self._attempt_ended(task, event, pos, is_final=False)

    def _failed(self, event: Event, pos: int) -> None:
        task = self.task(event["task_id"], "claimed")
        self._check_fence(task, event)
        self._check_holder(event.get("error"), task, pos)
        self._attempt_ended(task, event, pos, is_final=event["error_class"] in FINAL_CLASSES)

    def _check_fence(self, task: TaskModel, event: Event) -> None:
        if event["fence"] != task.fence:
            raise Violation("a_stale_fence_writes_nothing", f"{event['fence']} on {task.id}")

    def _attempt_ended(self, task: TaskModel, event: Event, pos: int, *, is_final: bool) -> None:
        if event["due_us"] < event["at_us"]:
            raise Violation("events_follow_the_lifecycle", f"{task.id} is due in the past")
        task.failures += 1
        self.move(task, "scheduled", pos)
        task.due_us = event["due_us"]
        if is_final or task.failures >= task.attempts_max:
            self.due += (("TaskDied", task.id), ("EscalationRaised", task.id))

    def _released(self, event: Event, pos: int) -> None:
        task = self.task(event["task_id"], "claimed")
        self._check_fence(task, event)
        self._check_holder(event.get("reason"), task, pos)
        self.move(task, "ready", pos)

    def _completed(self, event: Event, pos: int) -> None:
        task = self.tasks.get(event["task_id"])
        if task is not None and task.status == "done":
            raise Violation("completed_exactly_once", task.id)
        task = self.task(event["task_id"], *HELD)
        self._check_fence(task, event)
        task.result = event.get("result_json", "")
        self._check_holder(task.result, task, pos)
        self.move(task, "done", pos)

    def _cancel_requested(self, event: Event, pos: int) -> None:
        task = self.task(event["task_id"], "claimed")
        task.cancel_reason = event.get("reason", "")
        self.calls.effect(task.cancel_reason, pos)
        self.move(task, "cancelling", pos)

    def _cancelled(self, event: Event, pos: int) -> None:
        task = self.task(event["task_id"], "blocked", "scheduled", "ready", "cancelling")
        if task.status != "cancelling":
            self.calls.effect(event.get("reason"), pos)
        elif event["at_us"] < task.lease_until_us and task.fence not in self.calls.giving_up:
            raise Violation("a_valid_lease_is_never_taken_back", f"{task.id} is cancelled")
        self.move(task, "cancelled", pos)

    def _retried(self, event: Event, pos: int) -> None:
        task = self.task(event["task_id"], "dead")
        unmet = {need for need in task.needs_open if self.status(need) != "done"}
        if any(self.status(need) in ENDED for need in unmet):
            raise Violation("dependents_wait_for_their_needs", f"{task.id} is retried in vain")
        if unmet != set(event.get("needs_open", ())):
            raise Violation("dependents_wait_for_their_needs", f"{task.id} waits for {unmet}")
        task.needs_open = unmet
        for need in unmet:
            self.dependents.setdefault(need, set()).add(task.id)
        self.doomed -= {
            dependent
            for dependent in self.dependents.get(task.id, ())
            if all(
                self.status(need) not in ("dead", "cancelled")
                for need in self.tasks[dependent].needs_open - {task.id}
            )
        }
        task.failures = task.deadline_us = 0
        self.open[task.id] = task
        self._start(task, event["at_us"], pos)

    def _died(self, event: Event, pos: int) -> None:
        task = self.task(event["task_id"], "blocked", "scheduled", "ready", "claimed")
        cause = event.get("cause")
        if cause is None:
            if task.failures < task.attempts_max and not self._was_final(task):
                raise Violation("dead_only_when_exhausted", f"{task.id}: {task.failures} failures")
        elif cause["error_class"] == "DEPENDENCY":
            if not any(self.status(need) in ("dead", "cancelled") for need in task.needs_open):
                raise Violation("dead_only_when_exhausted", f"{task.id} still has hope")
        elif not 0 < task.deadline_us <= event["at_us"]:
            raise Violation("dead_only_when_exhausted", f"{task.id} died before its deadline")
        else:
            self.due.append(("EscalationRaised", task.id))
        self.deaths += 1
        task.died_pos = pos
        self.move(task, "dead", pos)

    def _was_final(self, task: TaskModel) -> bool:
        """Whether its last failure, which came just before, allowed no retry."""
        return bool(self.due) and self.due[0] == ("EscalationRaised", task.id)

    def _stale_refused(self, event: Event, pos: int) -> None:
        del pos
        task = self.tasks[event["task_id"]]
        if event["fence"] == task.fence and task.status in HELD:
            raise Violation("the_holder_is_never_refused", f"{event['verb']} on {task.id}")
        if event["current_fence"] != task.fence:
            raise Violation("refusals_tell_the_truth", f"{task.id} is at fence {task.fence}")

    def _step(self, event: Event, pos: int) -> None:
        task = self.task(event["task_id"], *HELD)
        if event["name"] in task.steps:
            raise Violation("the_first_result_of_a_step_stays", f"{task.id}/{event['name']}")
        self._check_holder(event["result_json"], task, pos)
        task.steps[event["name"]] = (event["result_json"], pos)

    def _checkpointed(self, event: Event, pos: int) -> None:
        task = self.task(event["task_id"], *HELD)
        self._check_holder(event["checkpoint_json"], task, pos)
        task.checkpoint.append((pos, event["checkpoint_json"]))

    def _queue(self, event: Event, pos: int) -> None:
        queue = event["queue"]
        if event.get("is_paused"):
            self.paused.add(queue)
        else:
            self.paused.discard(queue)
        self.paused_pos[queue] = pos
        if self.shares is not None:
            shares = self.shares.setdefault(queue, Shares())
            shares.weigh(event.get("weights", {}))

    def hub_started(self) -> None:
        """What a new hub does not know any more."""
        for shares in (self.shares or {}).values():
            shares.forget()
