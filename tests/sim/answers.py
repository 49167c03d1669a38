"""Every answer that a hub gives, checked against what is durable at that moment."""

from typing import Any

import msgspec

from interlock.kernel.command import CODES, Command, Refusal, Reply
from interlock.kernel.idempotency import request_name
from interlock.kernel.queries import QUERIES
from tests.sim.call import Call
from tests.sim.oracle import Oracle
from tests.sim.violation import Violation

IN_DOUBT = ("closing", "outcome_unknown")
UNAVAILABLE = ("closing", "outcome_unknown", "ledger_unavailable", "disk_full", "limit")
UNREMEMBERED = {"get_events", *(query.verb for query in QUERIES)}
"""Verbs that only look at the ledger: their request ids are not remembered."""
LOST_WAKEUP_US = 2_000_000


class Delivery:
    """One arrival of a command at a hub: what was durable then."""

    __slots__ = ("at_us", "call", "head", "hub", "is_stale", "known")

    def __init__(self, call: Call, *, hub: Any, head: int, at_us: int, is_stale: bool) -> None:
        self.call = call
        self.hub = hub
        self.head = head
        self.at_us = at_us
        self.is_stale = is_stale
        """Whether that hub had lost the shard by then: what it reads may be old."""
        self.known = False
        """Whether the answer to its request id was durable by then."""


class Answers:
    """Checks replies, each kind in its own way."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        self.tasks = oracle.tasks
        self.mail = oracle.mail
        self.counts: dict[str, int] = {}
        self._checks = {
            "Claim": self._claim,
            "NothingReady": self._nothing,
            "LeaseState": self._lease,
            "TaskRef": self._task_ref,
            "StepResult": self._step,
            "CheckpointKept": self._marked,
            "TaskView": self._view,
            "MessageRef": self._message_ref,
            "Messages": self._messages,
            "DeliveryState": self._delivery,
            "EventRef": self._event_ref,
            "TopicEvents": self._topic_events,
            "AgentState": self._agent,
        }

    def sent(self, delivery: Delivery) -> None:
        """A command goes into a hub: notes what it could do there."""
        command = delivery.call.command
        delivery.call.deliveries += 1
        if command.request_id and command.verb not in UNREMEMBERED:
            delivery.known = request_name(command) in self.oracle.people.requests
        note = _NOTES.get(command.verb)
        if note is not None:
            note(self.oracle, command)

    def check(self, delivery: Delivery, reply: Reply) -> None:
        """An answer comes out of a hub."""
        self.oracle.catch_up()
        command = delivery.call.command
        kind = type(reply).__name__
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if isinstance(reply, Refusal):
            self._refused(delivery, command, reply)
            return
        if delivery.known or command.request_id:
            self._first_answer(delivery, command, reply)
        check = self._checks.get(kind)
        if check is not None:
            check(delivery, command, reply)

    def _first_answer(self, delivery: Delivery, command: Command, reply: Any) -> None:
        remembered = self.oracle.people.requests.get(request_name(command))
        if command.verb in UNREMEMBERED or remembered is None or not (delivery.known or remembered[0] <= delivery.head):
            return
        first = msgspec.json.decode(remembered[1])
        now = msgspec.to_builtins(reply)
        for name in ("type", "task_id", "fence", "message_id", "position", "status"):
            if first.get(name, 0) != now.get(name, 0):
                raise Violation(
                    "a_request_id_repeats_the_first_answer", f"{command}: {reply}, not {remembered[1]}"
                )

    def _refused(self, delivery: Delivery, command: Any, reply: Refusal) -> None:
        call = delivery.call
        if reply.code not in CODES:
            raise Violation("refusals_are_typed", f"{reply}")
        if reply.code not in IN_DOUBT:
            call.refusals += 1
            if call.effects > call.deliveries - call.refusals:
                raise Violation("refused_commands_change_nothing", f"{command} got {reply}")
        allowed = (*UNAVAILABLE, "idempotency_conflict", self._first_code(delivery, command))
        if delivery.known and not delivery.is_stale and reply.code not in allowed:
            raise Violation("a_request_id_repeats_the_first_answer", f"{command} got {reply}")
        if reply.code == "already_claimed":
            tenure = self.tasks.fences.get(reply.details["fence"])
            if tenure is None or (tenure.task.id, tenure.agent, tenure.session) != (
                command.task_id,
                reply.details["agent"],
                reply.details["session"],
            ):
                raise Violation("refusals_tell_the_truth", f"{command} got {reply}")
        elif reply.code == "not_found" and not delivery.is_stale:
            known = self.tasks.tasks.get(reply.details.get("task_id", ""))
            message = self.mail.messages.get(reply.details.get("message_id", ""))
            if (known is not None and known.pos <= delivery.head) or (
                message is not None and message["pos"] <= delivery.head
            ):
                raise Violation("what_was_acknowledged_is_found", f"{command} got {reply}")
        elif reply.code == "stale_fence":
            details = reply.details
            history = self.tasks.tasks[details["task_id"]].history.values()
            if all(entry[:2] != (details["status"], details["current_fence"]) for entry in history):
                raise Violation("refusals_tell_the_truth", f"{command} got {reply}")

    def _first_code(self, delivery: Delivery, command: Command) -> str:
        """The code of a remembered refusal."""
        if not delivery.known:
            return ""
        remembered = self.oracle.people.requests[request_name(command)]
        code: str = msgspec.json.decode(remembered[1]).get("code", "")
        return code

    def _is_marked(self, call: Call) -> bool:
        return not call.marker or call.effects > 0

    def _marked(self, delivery: Delivery, command: Any, reply: Any) -> None:
        if not self._is_marked(delivery.call) and not getattr(reply, "is_duplicate", False):
            raise Violation("no_answer_before_the_commit", f"{command} got {reply}")
        fence = getattr(command, "fence", 0)
        if fence and command.verb != "complete_task":
            tenure = self.tasks.fences.get(fence)
            if delivery.known or command.verb in ("send_message", "publish_event"):
                return
            if tenure is None or tenure.task.id != command.task_id:
                raise Violation("a_stale_fence_writes_nothing", f"{command} got {reply}")
            if 0 < tenure.end_pos <= delivery.head and not delivery.is_stale:
                raise Violation("a_stale_fence_writes_nothing", f"{command} got {reply}")

    def _claim(self, delivery: Delivery, command: Any, reply: Any) -> None:
        tenure = self.tasks.fences.get(reply.fence)
        if tenure is None:
            raise Violation("no_answer_before_the_commit", f"{command} got {reply.fence}")
        if tenure.task.id != reply.task_id:
            raise Violation("each_win_has_its_own_fence", f"{reply}: {tenure.task.id}")
        task = tenure.task
        if tenure.winner not in (None, delivery.call):
            raise Violation("one_winner_at_a_time", f"{command} and {tenure.winner} got {reply.fence}")
        tenure.winner = delivery.call
        if (tenure.agent, tenure.session) != (command.agent, command.session):
            raise Violation("one_winner_at_a_time", f"{command} got the claim of {tenure.agent!r}")
        if tenure.attempt != reply.attempt:
            raise Violation("attempts_are_counted", f"{reply.attempt} is not {tenure.attempt}")
        queues = (command.queue,) if isinstance(command.queue, str) else command.queue
        if command.task_id not in ("", task.id) or (not command.task_id and task.queue not in queues):
            raise Violation("a_claim_gets_what_it_asked_for", f"{command} got {task.id}")
        if not task.capabilities <= set(command.capabilities):
            raise Violation("a_claim_gets_what_it_can_do", f"{command} got {task.id}")
        is_late = bool(command.request_id and tenure.end_pos)
        if (reply.instructions, reply.payload_json) != task.content and not is_late:
            raise Violation("a_claim_carries_its_content", f"{task.id}: {reply}, not {task.content}")
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
                if task.ready_us < late_us:
                    raise Violation("no_wake_up_is_lost", f"{command} slept over {task.id}")

    def _lease(self, delivery: Delivery, command: Any, reply: Any) -> None:
        self._marked_lease(delivery, command, reply)
        tenure = self.tasks.fences.get(command.fence)
        if tenure is None or tenure.task.id != command.task_id:
            raise Violation("a_stale_fence_writes_nothing", f"{command} got {reply}")
        if delivery.is_stale or (command.request_id and delivery.call.deliveries > 1):
            return
        if 0 < tenure.end_pos <= delivery.head:
            raise Violation("a_stale_fence_writes_nothing", f"{command} got {reply}")
        until_us = tenure.task.lease_until_us if not tenure.end_pos else tenure.lease_until_us
        if reply.lease_ms and delivery.at_us + (reply.lease_ms - 1) * 1_000 > until_us:
            raise Violation("no_answer_before_the_commit", f"{command} was told {reply.lease_ms} ms")

    def _marked_lease(self, delivery: Delivery, command: Any, reply: Any) -> None:
        if not self._is_marked(delivery.call) and not reply.is_cancelled:
            raise Violation("no_answer_before_the_commit", f"{command} got {reply}")

    def _task_ref(self, delivery: Delivery, command: Any, reply: Any) -> None:
        task = self.tasks.tasks.get(reply.task_id)
        if task is None:
            raise Violation("no_answer_before_the_commit", f"{command} got {reply}")
        if all(reply.status != entry[0] for entry in task.history.values()):
            raise Violation("no_answer_before_the_commit", f"{command} got {reply}: {task.history}")
        verb = command.verb
        if verb == "create_task":
            if command.idempotency_key and not delivery.known:
                key = self.tasks.keys.get((command.agent, command.idempotency_key))
                if key is not None and key[0] != reply.task_id:
                    raise Violation("one_key_one_task", f"{command} got {reply}, not {key[0]}")
            if task.created.get("created_by", "") != command.agent:
                raise Violation("keys_belong_to_their_sender", f"{command} got {reply}")
            if delivery.call.marker and task.created["title"] != command.title:
                raise Violation("one_key_one_task", f"{command} got {reply}")
            if reply.is_duplicate and max(task.history) <= delivery.head and not delivery.is_stale:
                if reply.status != task.status:
                    raise Violation("an_answer_tells_the_present", f"{reply}: {task.status}")
            return
        if verb == "complete_task":
            if task.status != "done" or task.fence != command.fence:
                raise Violation("no_answer_before_the_commit", f"{command} got {reply}")
            if task.result != ("" if command.result == "null" else command.result):
                raise Violation("a_stale_fence_writes_nothing", f"{command}: {task.result}")
        elif verb in ("fail_task", "release_task") and reply.status != "cancelled":
            self._marked(delivery, command, reply)
        elif verb == "cancel_task":
            self._marked(delivery, command, reply)

    def _step(self, delivery: Delivery, command: Any, reply: Any) -> None:
        if not reply.is_duplicate:
            self._marked(delivery, command, reply)
        if command.request_id and delivery.call.deliveries > 1:
            return
        known = self.tasks.tasks[command.task_id].steps.get(command.name)
        if known is not None and known[0] != reply.result_json and not delivery.is_stale:
            raise Violation("the_first_result_of_a_step_stays", f"{command} got {reply}, not {known}")

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

    def _message_ref(self, delivery: Delivery, command: Any, reply: Any) -> None:
        message = self.mail.messages.get(reply.message_id)
        if message is None:
            raise Violation("no_answer_before_the_commit", f"{command} got {reply}")
        if delivery.call.marker and message.get("text") != command.message:
            raise Violation("one_key_one_task", f"{command} got {reply}")
        if message["thread_id"] != reply.thread_id:
            raise Violation("an_answer_tells_the_present", f"{command} got {reply}")

    def _messages(self, delivery: Delivery, command: Any, reply: Any) -> None:
        for item in reply.items:
            found = self.mail.deliveries.get(f"{item.id}/{command.agent}")
            if found is None:
                raise Violation("a_message_reaches_its_recipients", f"{command} got {item.id}")
            if int(item.receipt.rpartition("@")[2]) > self.oracle.log.head or not found.receipt_pos:
                if not delivery.known and not found.died_pos:
                    raise Violation("no_answer_before_the_commit", f"{command} got {item.receipt}")
            if found.message.get("text", "") != item.message and not delivery.known:
                raise Violation("a_message_carries_its_content", item.id)
        if not reply.items and not delivery.is_stale:
            self._overlooked(delivery, command)

    def _overlooked(self, delivery: Delivery, command: Any) -> None:
        if command.message_type or command.reply_to or command.thread_id:
            return
        now_us = delivery.hub.now_us()
        for source, lane in self.mail.waiting.get(command.agent, {}).items():
            for pos in lane:
                waiting = self.mail.by_pos[command.agent, pos]
                if waiting.receipt_pos or waiting.died_pos or waiting.expires_us < now_us + 1_000_000:
                    continue
                detail = f"{pos} from {source} to {command.agent}"
                if pos <= delivery.head:
                    raise Violation("waiting_mail_is_handed_out", detail)
                if waiting.message["sent_us"] < now_us - LOST_WAKEUP_US:
                    raise Violation("no_wake_up_is_lost", detail)

    def _delivery(self, delivery: Delivery, command: Any, reply: Any) -> None:
        id, _, digits = command.receipt.rpartition("@")
        found = self.mail.deliveries.get(id)
        if found is None:
            raise Violation("no_answer_before_the_commit", f"{command} got {reply}")
        if command.verb == "ack_message" and not delivery.is_stale:
            if found.status != "acked" or found.receipt_pos != int(digits):
                raise Violation("only_its_latest_receipt_settles", f"{command} got {reply}")

    def _event_ref(self, delivery: Delivery, command: Any, reply: Any) -> None:
        del delivery
        if reply.position not in self.mail.topics.get(command.topic, ()):
            raise Violation("no_answer_before_the_commit", f"{command} got {reply}")

    def _topic_events(self, delivery: Delivery, command: Any, reply: Any) -> None:
        del delivery
        log = self.mail.topics.get(command.topic, ())
        if reply.items and any(item.position not in log for item in reply.items):
            raise Violation("no_answer_before_the_commit", f"{command} got {reply}")
        if reply.receipt and int(reply.receipt.rpartition("@")[2]) > self.oracle.log.head:
            raise Violation("no_answer_before_the_commit", f"{command} got {reply.receipt}")

    def _agent(self, delivery: Delivery, command: Any, reply: Any) -> None:
        if reply.name not in self.oracle.people.agents:
            raise Violation("no_answer_before_the_commit", f"{command} got {reply}")
        if command.verb in ("register_agent",):
            self._marked(delivery, command, reply)


def _note_claim(oracle: Oracle, command: Any) -> None:
    if command.task_id:
        oracle.tasks.named.add(command.task_id)


def _note_giving_up(oracle: Oracle, command: Any) -> None:
    oracle.calls.giving_up.add(command.fence)


def _note_ack(oracle: Oracle, command: Any) -> None:
    oracle.calls.acked.add(command.receipt)


def _note_reject(oracle: Oracle, command: Any) -> None:
    oracle.calls.rejected.add(command.receipt)


def _note_reading(oracle: Oracle, command: Any) -> None:
    if command.message_type or command.reply_to or command.thread_id:
        oracle.calls.filtering.add(command.agent)


_NOTES = {
    "claim_task": _note_claim,
    "fail_task": _note_giving_up,
    "release_task": _note_giving_up,
    "ack_message": _note_ack,
    "ack_events": _note_ack,
    "reject_message": _note_reject,
    "get_messages": _note_reading,
}
