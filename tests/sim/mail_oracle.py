"""Messages and topics, from the log: who was handed what, in which order, and how it ended."""

from bisect import bisect_left, bisect_right, insort
from typing import Any

from tests.sim.call import Calls
from tests.sim.people_oracle import PeopleOracle
from tests.sim.violation import Violation

Event = dict[str, Any]

OPEN = ("waiting", "handed_out")
ESCALATED = ("DIRECTIVE", "QUERY")


class DeliveryModel:
    """One message on its way to one recipient."""

    __slots__ = (
        "count", "died_pos", "expires_us", "id", "message", "receipt_pos", "recipient", "status", "visible_us",
    )  # fmt: skip

    def __init__(self, message: Event, recipient: str) -> None:
        self.id = f"{message['id']}/{recipient}"
        self.message = message
        self.recipient = recipient
        self.expires_us: int = message["expires_us"]
        self.status = "waiting"
        self.count = self.receipt_pos = self.visible_us = self.died_pos = 0


class Group:
    """One group's place in a topic."""

    __slots__ = ("cursor", "deliveries_max", "open", "topic")

    def __init__(self, event: Event) -> None:
        self.topic: str = event["topic_name"]
        self.cursor: int = event["position"]
        self.deliveries_max: int = event["deliveries_max"]
        self.open: dict[int, list[int]] = {}
        """By position: deliveries, end of the visibility (0: comes again), receipt."""


class MailOracle:
    """The messages and topics of one shard."""

    def __init__(self, calls: Calls, people: PeopleOracle, due: Any) -> None:
        self.calls = calls
        self.people = people
        self.due = due
        self.messages: dict[str, Event] = {}
        self.deliveries: dict[str, DeliveryModel] = {}
        self.open: dict[str, DeliveryModel] = {}
        self.waiting: dict[str, dict[str, list[int]]] = {}
        self.by_pos: dict[tuple[str, int], DeliveryModel] = {}
        self.keys: dict[tuple[str, str, str], tuple[str, int]] = {}
        self.topics: dict[str, list[int]] = {}
        self.groups: dict[str, Group] = {}
        self.dead_events: dict[str, bool] = {}
        self.takers = {
            "MessageSent": self._sent,
            "MessagesDelivered": self._delivered,
            "MessageAcked": self._acked,
            "MessageReturned": self._returned,
            "MessageDied": self._died,
            "MessageRedriven": self._redriven,
            "EventPublished": self._published,
            "SubscriptionMade": self._subscribed,
            "SubscriptionMoved": self._moved,
            "SubscriptionEnded": self._ended,
            "EventsDelivered": self._handed,
            "EventsAcked": self._settled,
            "EventsReturned": self._came_back,
            "EventDied": self._event_died,
            "EventRedriven": self._event_redriven,
        }

    def delivery(self, id: str, *statuses: str) -> DeliveryModel:
        """The delivery, which must be in one of these states."""
        found = self.deliveries.get(id)
        if found is None or found.status not in statuses:
            status = "unknown" if found is None else found.status
            raise Violation("events_follow_the_lifecycle", f"{id} is {status}, not {statuses}")
        return found

    def keep_key(self, noun: str, sender: str, key: str, ref: str, until_us: int) -> None:
        """One key stands for one thing until it is forgotten."""
        known = self.keys.get((noun, sender, key))
        if known is not None:
            raise Violation("one_key_one_task", f"{ref} and {known[0]} under {key} of {sender!r}")
        self.keys[noun, sender, key] = (ref, until_us)

    def _lane(self, delivery: DeliveryModel) -> list[int]:
        mailbox = self.waiting.setdefault(delivery.recipient, {})
        return mailbox.setdefault(delivery.message["source"], [])

    def _wait(self, delivery: DeliveryModel) -> None:
        delivery.status, delivery.visible_us = "waiting", 0
        insort(self._lane(delivery), delivery.message["pos"])

    def _leave(self, delivery: DeliveryModel, status: str) -> None:
        if delivery.status == "waiting":
            lane = self._lane(delivery)
            del lane[bisect_left(lane, delivery.message["pos"])]
            if not lane:
                del self.waiting[delivery.recipient][delivery.message["source"]]
        delivery.status = status
        if status not in OPEN:
            del self.open[delivery.id]

    def _sent(self, event: Event, pos: int) -> None:
        message = event["message"]
        if message["id"] != f"message-0-{pos}":
            raise Violation("ids_name_their_position", message["id"])
        self.people.check_mail(message["source"])
        call = self.calls.effect(message.get("text"), pos)
        if call is not None and message["expires_us"] != event["at_us"] + int(
            call.command.ttl_s * 1_000_000
        ):
            raise Violation("time_to_live_counts_by_the_hubs_clock", message["id"])
        self._check_recipients(message, event["recipients"])
        key = message.get("idempotency_key")
        if key:
            until_us = event["at_us"] + (24 * 3_600 - 60) * 1_000_000
            self.keep_key("message", message["source"], key, message["id"], until_us)
        self.messages[message["id"]] = message
        for recipient in event["recipients"]:
            delivery = DeliveryModel(message, recipient)
            self.deliveries[delivery.id] = self.open[delivery.id] = delivery
            self.by_pos[recipient, pos] = delivery
            self._wait(delivery)

    def _check_recipients(self, message: Event, recipients: list[str]) -> None:
        target = message["target"]
        if target == "all":
            expected = set(self.people.agents) - {message["source"]}
        elif target.startswith("group:"):
            group = target.removeprefix("group:")
            members = {name for name, groups in self.people.groups.items() if group in groups}
            expected = members - {message["source"]}
        else:
            expected = {target}
        if set(recipients) != expected or len(recipients) != len(expected):
            raise Violation("a_message_reaches_its_recipients", f"{message['id']}: {recipients}")

    def _delivered(self, event: Event, pos: int) -> None:
        recipient = event["recipient"]
        self.people.check_mail(recipient)
        at_us = event["at_us"]
        for number, id in enumerate(event["deliveries"]):
            delivery = self.delivery(id, "waiting")
            message = delivery.message
            if delivery.recipient != recipient or delivery.expires_us <= at_us:
                raise Violation("what_has_expired_is_not_handed_out", id)
            if delivery.count >= message["deliveries_max"]:
                raise Violation("deliveries_have_a_limit", f"{id}: {delivery.count}")
            if recipient not in self.calls.filtering:
                self._check_order(delivery, at_us, is_first=number == 0)
            self._leave(delivery, "handed_out")
            delivery.count += 1
            delivery.receipt_pos = pos
            delivery.visible_us = event["visible_us"]

    def _check_order(self, delivery: DeliveryModel, at_us: int, *, is_first: bool) -> None:
        recipient = delivery.recipient
        lanes = self.waiting[recipient]
        older = lanes[delivery.message["source"]]
        for pos in older:
            if pos >= delivery.message["pos"]:
                break
            if self.by_pos[recipient, pos].expires_us > at_us:
                raise Violation(
                    "one_senders_messages_keep_their_order", f"{delivery.id} before {pos}"
                )
        if not is_first or len(lanes) == 1:
            return
        ranks: dict[str, int] = {}
        for source, lane in lanes.items():
            deliveries = [self.by_pos[recipient, pos] for pos in lane[:200]]
            if len(lane) > 200 or any(waiting.expires_us <= at_us for waiting in deliveries):
                return
            ranks[source] = max(waiting.message["priority"] for waiting in deliveries)
        if ranks[delivery.message["source"]] < max(ranks.values()):
            raise Violation("the_most_urgent_sender_goes_first", f"{delivery.id}: {ranks}")

    def _acked(self, event: Event, pos: int) -> None:
        del pos
        delivery = self.delivery(event["delivery_id"], *OPEN)
        reply = event.get("reply")
        if reply:
            answer = self.messages.get(reply, {})
            if (
                answer.get("reply_to") != delivery.message["id"]
                or answer["source"] != delivery.recipient
                or answer["message_type"] not in ("ACK", "RESULT")
            ):
                raise Violation("only_its_recipient_settles", delivery.id)
        elif f"{delivery.id}@{delivery.receipt_pos}" not in self.calls.acked:
            raise Violation("only_its_latest_receipt_settles", delivery.id)
        self._leave(delivery, "acked")

    def _returned(self, event: Event, pos: int) -> None:
        delivery = self.delivery(event["delivery_id"], "handed_out")
        self.calls.effect(event.get("reason"), pos)
        receipt = f"{delivery.id}@{delivery.receipt_pos}"
        if delivery.visible_us > event["at_us"] and receipt not in self.calls.rejected:
            raise Violation("a_receipt_is_good_while_it_is_visible", delivery.id)
        if delivery.count >= delivery.message["deliveries_max"]:
            raise Violation("deliveries_have_a_limit", f"{delivery.id} comes again")
        self._wait(delivery)

    def _died(self, event: Event, pos: int) -> None:
        delivery = self.delivery(event["delivery_id"], *OPEN)
        self.calls.effect(event.get("detail"), pos)
        reason = event["reason"]
        receipt = f"{delivery.id}@{delivery.receipt_pos}"
        is_due = {
            "expired": delivery.expires_us <= event["at_us"],
            "delivery_limit": delivery.count >= delivery.message["deliveries_max"],
            "rejected": receipt in self.calls.rejected,
        }
        if not is_due[reason]:
            raise Violation("messages_die_for_a_reason", f"{delivery.id}: {reason}")
        if delivery.message["message_type"] in ESCALATED:
            self.due.append(("EscalationRaised", delivery.id))
        delivery.died_pos = pos
        self._leave(delivery, "dead")

    def _redriven(self, event: Event, pos: int) -> None:
        del pos
        delivery = self.delivery(event["delivery_id"], "dead")
        message = delivery.message
        ttl_us = message["expires_us"] - message["sent_us"]
        if event["expires_us"] != event["at_us"] + ttl_us or event["died_pos"] != delivery.died_pos:
            raise Violation("a_redriven_letter_starts_afresh", delivery.id)
        delivery.expires_us = event["expires_us"]
        delivery.count = delivery.receipt_pos = 0
        self.open[delivery.id] = delivery
        self._wait(delivery)

    # Topics.

    def _published(self, event: Event, pos: int) -> None:
        self.calls.effect(event.get("payload_json"), pos)
        self.people.check_mail(event.get("source", ""))
        self.note_topic(event["topic"], pos)
        key = event.get("idempotency_key")
        if key:
            until_us = event["at_us"] + (24 * 3_600 - 60) * 1_000_000
            self.keep_key("event", event.get("source", ""), key, str(pos), until_us)

    def note_topic(self, topic: str, pos: int) -> None:
        """An event of a topic stands at this position."""
        self.topics.setdefault(topic, []).append(pos)

    def _subscribed(self, event: Event, pos: int) -> None:
        if event["subscription"] in self.groups or event["position"] >= pos:
            raise Violation("events_follow_the_lifecycle", event["subscription"])
        self.groups[event["subscription"]] = Group(event)

    def _moved(self, event: Event, pos: int) -> None:
        del pos
        group = self.groups[event["subscription"]]
        group.cursor, group.open = event["position"], {}

    def _ended(self, event: Event, pos: int) -> None:
        del pos
        del self.groups[event["subscription"]]

    def _handed(self, event: Event, pos: int) -> None:
        group = self.groups[event["subscription"]]
        fresh = []
        for position in event["positions"]:
            held = group.open.get(position)
            if held is not None and held[1]:
                raise Violation("each_event_once_per_group", f"{position} is in hand")
            if held is None:
                fresh.append(position)
            held = group.open.setdefault(position, [0, 0, 0])
            held[0] += 1
            held[1], held[2] = event["visible_us"], pos
            if held[0] > group.deliveries_max:
                raise Violation("deliveries_have_a_limit", f"{position} of {event['subscription']}")
        log = self.topics.get(group.topic, [])
        start = bisect_right(log, group.cursor)
        if fresh != log[start : start + len(fresh)]:
            raise Violation("a_group_skips_nothing", f"{fresh} behind {group.cursor}")
        if fresh:
            group.cursor = fresh[-1]

    def _settled(self, event: Event, pos: int) -> None:
        del pos
        group = self.groups[event["subscription"]]
        for position in event["positions"]:
            held = group.open.pop(position, None)
            if held is None or held[2] != event["receipt_pos"]:
                raise Violation("only_its_latest_receipt_settles", f"{position}: {held}")
        if f"{event['subscription']}@{event['receipt_pos']}" not in self.calls.acked:
            raise Violation("only_its_latest_receipt_settles", event["subscription"])

    def _came_back(self, event: Event, pos: int) -> None:
        del pos
        group = self.groups[event["subscription"]]
        for position in event["positions"]:
            held = group.open[position]
            if not 0 < held[1] <= event["at_us"]:
                raise Violation("a_receipt_is_good_while_it_is_visible", str(position))
            held[1] = 0

    def _event_died(self, event: Event, pos: int) -> None:
        del pos
        group = self.groups[event["subscription"]]
        held = group.open.pop(event["position"])
        if held[0] < group.deliveries_max or held[1] > event["at_us"]:
            raise Violation("messages_die_for_a_reason", f"{event}")
        id = f"event-{event['position']}/{event['subscription']}"
        self.dead_events[id] = True
        if group.topic != "escalation":
            self.due.append(("EscalationRaised", id))

    def _event_redriven(self, event: Event, pos: int) -> None:
        del pos
        id = event["dead_event"]
        if not self.dead_events.get(id):
            raise Violation("events_follow_the_lifecycle", f"{id} is not dead")
        self.dead_events[id] = False
        position, _, subscription = id.removeprefix("event-").partition("/")
        self.groups[subscription].open[int(position)] = [0, 0, 0]
