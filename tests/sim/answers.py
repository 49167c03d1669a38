"""Every answer that a hub gives, checked against what is durable at that moment."""

from typing import Any

import msgspec

from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.idempotency import request_name
from interlock.kernel.queries import QUERIES
from tests.sim.delivery import Delivery
from tests.sim.mail_answers import MailAnswers
from tests.sim.oracle import Oracle
from tests.sim.refusals import Refusals
from tests.sim.task_answers import TaskAnswers
from tests.sim.violation import Violation

UNREMEMBERED = {"get_events", *(query.verb for query in QUERIES)}
"""Verbs that only look at the ledger: their request ids are not remembered."""


class Answers:
    """Checks replies, each kind in its own way."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        self.counts: dict[str, int] = {}
        self._refusals = Refusals(oracle)
        self._checks = {
            **TaskAnswers(oracle).checks,
            **MailAnswers(oracle).checks,
            "AgentState": self._agent,
            "Tasks": self._tasks,
            "FoundMessages": self._messages,
            "Fleet": self._fleet,
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
            self._refusals.check(delivery, command, reply)
            return
        if delivery.known or command.request_id:
            self._first_answer(delivery, command, reply)
        check = self._checks.get(kind)
        if check is not None:
            check(delivery, command, reply)

    def _first_answer(self, delivery: Delivery, command: Command, reply: Any) -> None:
        remembered = self.oracle.people.requests.get(request_name(command))
        if (
            command.verb in UNREMEMBERED
            or remembered is None
            or not (delivery.known or remembered[0] <= delivery.head)
        ):
            return
        first = msgspec.json.decode(remembered[1])
        now = msgspec.to_builtins(reply)
        for name in ("type", "task_id", "fence", "message_id", "position", "status"):
            if first.get(name, 0) != now.get(name, 0):
                raise Violation(
                    "a_request_id_repeats_the_first_answer",
                    f"{command}: {reply}, not {remembered[1]}",
                )

    def _tasks(self, delivery: Delivery, command: Any, reply: Any) -> None:
        """What is listed is durable, listed once, in a wanted status, and in order."""
        wanted = (command.status,) if isinstance(command.status, str) else command.status
        seen: set[str] = set()
        for item in reply.items:
            if item.id not in self.oracle.tasks.tasks:
                raise Violation("no_answer_before_the_commit", f"{command} got {item}")
            if item.id in seen or (wanted and item.status not in wanted):
                raise Violation("lists_show_what_was_asked_for", f"{command} got {item}")
            seen.add(item.id)
        is_open = [not item.ended_us for item in reply.items]
        births = [int(item.id.rpartition("-")[2]) for item in reply.items if not item.ended_us]
        is_newest = command.order == "newest"
        if is_open != sorted(is_open, reverse=True) or births != sorted(births, reverse=is_newest):
            raise Violation("lists_have_an_order", f"{command} got {reply}")

    def _messages(self, delivery: Delivery, command: Any, reply: Any) -> None:
        for item in reply.items:
            if item.id not in self.oracle.mail.messages:
                raise Violation("no_answer_before_the_commit", f"{command} got {item}")

    def _fleet(self, delivery: Delivery, command: Any, reply: Any) -> None:
        """The counts of a moment whose last event is durable."""
        if reply.head > self.oracle.log.head:
            raise Violation("no_answer_before_the_commit", f"{command} got {reply}")

    def _agent(self, delivery: Delivery, command: Any, reply: Any) -> None:
        if reply.name not in self.oracle.people.agents:
            raise Violation("no_answer_before_the_commit", f"{command} got {reply}")
        if command.verb == "register_agent":
            delivery.must_show(reply)


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
