"""Answers about messages and topics, checked against what is durable."""

from collections.abc import Callable
from typing import Any

from tests.sim.delivery import Delivery
from tests.sim.oracle import Oracle
from tests.sim.violation import Violation

LOST_WAKEUP_US = 2_000_000


class MailAnswers:
    """Checks what senders, recipients and the members of groups are told."""

    def __init__(self, oracle: Oracle) -> None:
        self.oracle = oracle
        self.mail = oracle.mail
        self.checks: dict[str, Callable[[Delivery, Any, Any], None]] = {
            "MessageRef": self._message_ref,
            "Messages": self._messages,
            "DeliveryState": self._delivery,
            "EventRef": self._event_ref,
            "TopicEvents": self._topic_events,
        }

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
            is_durable = int(item.receipt.rpartition("@")[2]) <= self.oracle.log.head
            if not is_durable or not (found.receipt_pos or delivery.known or found.died_pos):
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
                if (
                    waiting.receipt_pos
                    or waiting.died_pos
                    or waiting.expires_us < now_us + 1_000_000
                ):
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
        is_settled = found.status == "acked" and found.receipt_pos == int(digits)
        if command.verb == "ack_message" and not delivery.is_stale and not is_settled:
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
