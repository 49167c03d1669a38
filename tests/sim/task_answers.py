"""Answers about tasks, checked against what is durable."""

from collections.abc import Callable
from typing import Any

from tests.sim.delivery import Delivery
from tests.sim.oracle import Oracle
from tests.sim.task_model import TaskModel
from tests.sim.violation import Violation

LOST_WAKEUP_US = 2_000_000


class TaskAnswers:
    """Checks what a claimer, a holder and a reader of a task are told."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        self.tasks = oracle.tasks
        self.checks: dict[str, Callable[[Delivery, Any, Any], None]] = {
            "Claim": self._claim,
            "NothingReady": self._nothing,
            "LeaseState": self._lease,
            "TaskRef": self._task_ref,
            "StepResult": self._step,
            "CheckpointKept": self._written,
            "TaskView": self._view,
        }

    def _written(self, delivery: Delivery, command: Any, reply: Any) -> None:
        """The holder's write is durable, and it was the holder's."""
        delivery.must_show(reply)
        if delivery.known or delivery.is_stale:
            return
        tenure = self.tasks.fences.get(command.fence)
        if (
            tenure is None
            or tenure.task.id != command.task_id
            or 0 < tenure.end_pos <= delivery.head
        ):
            raise Violation("a_stale_fence_writes_nothing", f"{command} got {reply}")

    def _claim(self, delivery: Delivery, command: Any, reply: Any) -> None:
        tenure = self.tasks.fences.get(reply.fence)
        if tenure is None:
            raise Violation("no_answer_before_the_commit", f"{command} got {reply.fence}")
        if tenure.task.id != reply.task_id:
            raise Violation("each_win_has_its_own_fence", f"{reply}: {tenure.task.id}")
        task = tenure.task
        if tenure.winner not in (None, delivery.call) and not _is_same_request(
            tenure.winner, delivery.call
        ):
            raise Violation(
                "one_winner_at_a_time", f"{command} and {tenure.winner} got {reply.fence}"
            )
        tenure.winner = delivery.call
        if (tenure.agent, tenure.session) != (command.agent, command.session):
            raise Violation("one_winner_at_a_time", f"{command} got the claim of {tenure.agent!r}")
        if tenure.attempt != reply.attempt:
            raise Violation("attempts_are_counted", f"{reply.attempt} is not {tenure.attempt}")
        queues = (command.queue,) if isinstance(command.queue, str) else command.queue
        if command.task_id not in ("", task.id) or (
            not command.task_id and task.queue not in queues
        ):
            raise Violation("a_claim_gets_what_it_asked_for", f"{command} got {task.id}")
        if not task.capabilities <= set(command.capabilities):
            raise Violation("a_claim_gets_what_it_can_do", f"{command} got {task.id}")
        is_late = bool(command.request_id and tenure.end_pos)
        if (reply.instructions, reply.payload_json) != task.content and not is_late:
            raise Violation(
                "a_claim_carries_its_content", f"{task.id}: {reply}, not {task.content}"
            )
        if tenure.end_pos == 0 and not delivery.call.command.request_id:
            before = {name for name, step in task.steps.items() if step[1] < reply.fence}
            if set(reply.steps) != before:
                raise Violation("steps_outlive_their_attempt", f"{task.id}: {reply.steps}")

    def _nothing(self, delivery: Delivery, command: Any, reply: Any) -> None:
        """Work that was there before the question and is there after the answer was overlooked."""
        del reply
        if delivery.is_stale or command.task_id:
            return
        offered = set(command.capabilities)
        late_us = delivery.hub.now_us() - LOST_WAKEUP_US
        queues = (command.queue,) if isinstance(command.queue, str) else command.queue
        for queue in queues:
            paused_pos = self.tasks.paused_pos.get(queue, 0)
            if queue in self.tasks.paused or paused_pos > delivery.head:
                continue
            for task in self.tasks.ready.get(queue, {}).values():
                if task.concurrency or not task.capabilities <= offered:
                    continue
                if task.ready_pos <= delivery.head:
                    raise Violation("ready_work_is_handed_out", f"{command} did not get {task.id}")
                # Only who waits can be woken: an answer given at once may still wait for its commit.
                if command.wait_s and task.ready_us < late_us:
                    raise Violation("no_wake_up_is_lost", f"{command} slept over {task.id}")

    def _lease(self, delivery: Delivery, command: Any, reply: Any) -> None:
        if not reply.is_cancelled:
            delivery.must_show(reply)
        tenure = self.tasks.fences.get(command.fence)
        if tenure is None or tenure.task.id != command.task_id:
            raise Violation("a_stale_fence_writes_nothing", f"{command} got {reply}")
        if delivery.is_stale or delivery.may_repeat():
            return
        if 0 < tenure.end_pos <= delivery.head:
            raise Violation("a_stale_fence_writes_nothing", f"{command} got {reply}")
        until_us = tenure.task.lease_until_us if not tenure.end_pos else tenure.lease_until_us
        if reply.lease_ms and delivery.at_us + (reply.lease_ms - 1) * 1_000 > until_us:
            raise Violation(
                "no_answer_before_the_commit", f"{command} was told {reply.lease_ms} ms"
            )

    def _task_ref(self, delivery: Delivery, command: Any, reply: Any) -> None:
        task = self.tasks.tasks.get(reply.task_id)
        if task is None:
            raise Violation("no_answer_before_the_commit", f"{command} got {reply}")
        if all(reply.status != entry[0] for entry in task.history.values()):
            raise Violation("no_answer_before_the_commit", f"{command} got {reply}: {task.history}")
        verb = command.verb
        if verb == "create_task":
            self._created(delivery, command, reply, task)
        elif verb == "complete_task":
            if task.status != "done" or task.fence != command.fence:
                raise Violation("no_answer_before_the_commit", f"{command} got {reply}")
            if task.result != ("" if command.result == "null" else command.result):
                raise Violation("a_stale_fence_writes_nothing", f"{command}: {task.result}")
        elif verb in ("fail_task", "release_task") and reply.status != "cancelled":
            self._written(delivery, command, reply)
        elif verb == "cancel_task":
            delivery.must_show(reply)

    def _created(self, delivery: Delivery, command: Any, reply: Any, task: TaskModel) -> None:
        key = self.tasks.keys.get((command.agent, command.idempotency_key))
        if key is not None and not delivery.known and key[0] != reply.task_id:
            raise Violation("one_key_one_task", f"{command} got {reply}, not {key[0]}")
        if task.created.get("created_by", "") != command.agent:
            raise Violation("keys_belong_to_their_sender", f"{command} got {reply}")
        if delivery.call.marker and task.created["title"] != command.title:
            raise Violation("one_key_one_task", f"{command} got {reply}")
        is_settled = max(task.history) <= delivery.head and not delivery.is_stale
        if reply.is_duplicate and is_settled and reply.status != task.status:
            raise Violation("an_answer_tells_the_present", f"{reply}: {task.status}")

    def _step(self, delivery: Delivery, command: Any, reply: Any) -> None:
        if not reply.is_duplicate:
            self._written(delivery, command, reply)
        if delivery.may_repeat():
            return
        known = self.tasks.tasks[command.task_id].steps.get(command.name)
        if known is not None and known[0] != reply.result_json and not delivery.is_stale:
            raise Violation(
                "the_first_result_of_a_step_stays", f"{command} got {reply}, not {known}"
            )

    def _view(self, delivery: Delivery, command: Any, reply: Any) -> None:
        del command
        task = self.tasks.tasks.get(reply.task.id)
        if task is None:
            raise Violation("no_answer_before_the_commit", f"{reply.task.id}")
        told = (reply.task.status, reply.task.fence, reply.task.attempt, reply.task.failures)
        if task.history.get(reply.task.changed_pos) != told:
            raise Violation(
                "an_answer_tells_the_present", f"{told} at {reply.task.changed_pos}: {task.history}"
            )
        if not delivery.is_stale and any(
            reply.task.changed_pos < pos <= delivery.head for pos in task.history
        ):
            raise Violation("an_answer_tells_the_present", f"{reply.task.id}: {told}")
        if (reply.instructions, reply.payload_json) != task.content:
            raise Violation("a_claim_carries_its_content", f"{task.id}: {reply.payload_json!r}")


def _is_same_request(first: Any, again: Any) -> bool:
    """Whether both calls carry one request id: then the second one gets the first answer."""
    one, other = first.command, again.command
    return bool(one.request_id) and one == other
