"""Refusals: typed, true, and without any effect."""

from typing import Any

import msgspec

from interlock.kernel.command import CODES, Command, Refusal
from interlock.kernel.idempotency import request_name
from tests.sim.delivery import Delivery
from tests.sim.oracle import Oracle
from tests.sim.violation import Violation

IN_DOUBT = ("closing", "outcome_unknown")
UNAVAILABLE = (*IN_DOUBT, "ledger_unavailable", "disk_full", "limit")


class Refusals:
    """Checks every refusal."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        self.tasks = oracle.tasks
        self._checks = {
            "already_claimed": self._already_claimed,
            "idempotency_conflict": self._conflict,
            "not_found": self._not_found,
            "stale_fence": self._stale_fence,
        }

    def check(self, delivery: Delivery, command: Any, reply: Refusal) -> None:
        """A command was not carried out."""
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
        check = self._checks.get(reply.code)
        if check is not None:
            check(delivery, command, reply)

    def _first_code(self, delivery: Delivery, command: Command) -> str:
        """The code of a remembered refusal."""
        if not delivery.known:
            return ""
        remembered = self.oracle.people.requests[request_name(command)]
        code: str = msgspec.json.decode(remembered[1]).get("code", "")
        return code

    def _already_claimed(self, delivery: Delivery, command: Any, reply: Refusal) -> None:
        del delivery
        details = reply.details
        tenure = self.tasks.fences.get(details["fence"])
        told = (command.task_id, details["agent"], details["session"])
        if tenure is None or (tenure.task.id, tenure.agent, tenure.session) != told:
            raise Violation("refusals_tell_the_truth", f"{command} got {reply}")

    def _conflict(self, delivery: Delivery, command: Any, reply: Refusal) -> None:
        del delivery
        if command.verb != "create_task" or command.request_id:
            return
        if (command.agent, command.idempotency_key) not in self.tasks.keys_ever:
            raise Violation("keys_belong_to_their_sender", f"{command} got {reply}")

    def _not_found(self, delivery: Delivery, command: Any, reply: Refusal) -> None:
        if delivery.is_stale:
            return
        task = self.tasks.tasks.get(reply.details.get("task_id", ""))
        message = self.oracle.mail.messages.get(reply.details.get("message_id", ""))
        if (task is not None and task.pos <= delivery.head) or (
            message is not None and message["pos"] <= delivery.head
        ):
            raise Violation("what_was_acknowledged_is_found", f"{command} got {reply}")

    def _stale_fence(self, delivery: Delivery, command: Any, reply: Refusal) -> None:
        del delivery
        details = reply.details
        history = self.tasks.tasks[details["task_id"]].history.values()
        if all(entry[:2] != (details["status"], details["current_fence"]) for entry in history):
            raise Violation("refusals_tell_the_truth", f"{command} got {reply}")
