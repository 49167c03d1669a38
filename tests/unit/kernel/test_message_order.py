"""Nothing is lost and every sender's order holds, whatever senders, readers, time and restarts do."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.unit.kernel.shard import Shard

SENDERS = ("ann", "eve", "cid")
TYPES = ("DIRECTIVE", "STATUS", "RESULT")
THREADS = ("", "t-1", "t-2")
FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"message_type": "STATUS"},
    {"message_type": ["DIRECTIVE", "RESULT"]},
    {"thread_id": "t-1"},
    {"thread_id": "t-2", "message_type": "STATUS"},
    {"reply_to": "q-1"},
)


class Relay(RuleBasedStateMachine):
    """Compares the mailbox with a plain list that is searched from end to end."""

    def __init__(self) -> None:
        super().__init__()
        self.shard = Shard()
        self.sent: list[dict[str, Any]] = []
        self.receipts: list[tuple[str, str]] = []

    @rule(
        source=st.sampled_from(SENDERS),
        message_type=st.sampled_from(TYPES),
        thread_id=st.sampled_from(THREADS),
        reply_to=st.sampled_from(("", "q-1")),
        priority=st.integers(0, 9),
        ttl_s=st.sampled_from((20, 500)),
    )
    def send(self, source: str, **fields: Any) -> None:
        reply = self.shard.do(
            "send_message", agent=source, target="bob", deliveries_max=3, **fields
        )
        expires_us = self.shard.now_us + fields["ttl_s"] * 1_000_000
        self.sent.append(
            {"id": reply.message_id, "source": source, **fields, "expires_us": expires_us}
        )

    @rule(
        wanted=st.sampled_from(FILTERS),
        limit=st.integers(1, 5),
        visibility_s=st.sampled_from((5, 100)),
    )
    def read(self, wanted: dict[str, Any], limit: int, visibility_s: int) -> None:
        expected = self.in_order(wanted)[:limit]
        items = self.shard.do(
            "get_messages", agent="bob", limit=limit, visibility_s=visibility_s, **wanted
        ).items
        assert [item.id for item in items] == expected
        self.receipts += [(item.id, item.receipt) for item in items]

    @precondition(lambda self: self.receipts)
    @rule(at=st.integers(0, 10_000), verb=st.sampled_from(("ack", "reject", "requeue")))
    def settle(self, at: int, verb: str) -> None:
        _, receipt = self.receipts.pop(at % len(self.receipts))
        if verb == "ack":
            self.shard.do("ack_message", receipt=receipt)
        else:
            self.shard.do("reject_message", receipt=receipt, requeue=verb == "requeue")

    @rule(seconds=st.sampled_from((1, 6, 30)))
    def advance(self, seconds: int) -> None:
        self.shard.advance(seconds)

    @rule()
    def restart(self) -> None:
        self.shard.restart()

    @rule()
    def redrive(self) -> None:
        dead = [letter.id for letter in self.shard.dead_letters().items]
        if not dead:
            return
        reply = self.shard.do("redrive_dead_letters", ids=dead)
        assert list(reply.redriven) == dead
        again = self.shard.do("redrive_dead_letters", ids=dead)
        assert (again.redriven, len(again.skipped)) == ((), len(dead))
        for message in self.sent:
            if f"{message['id']}/bob" in dead:
                message["expires_us"] = self.shard.now_us + message["ttl_s"] * 1_000_000

    @invariant()
    def nothing_is_lost_and_nothing_is_doubled(self) -> None:
        rows = [id for kind, id in self.shard.rows if kind == "delivery"]
        assert sorted(rows) == sorted(f"{message['id']}/bob" for message in self.sent)

    @invariant()
    def what_is_open_stands_under_one_alarm(self) -> None:
        state = self.shard.state
        assert state.alarms.due.keys() == state.deliveries.keys()

    def in_order(self, wanted: dict[str, Any]) -> list[str]:
        """The ids that come next under a filter, each found by looking at every message."""
        waiting = [message for message in self.sent if self.is_wanted(message, wanted)]
        found = []
        while waiting:
            heads = {}
            for message in waiting:
                heads.setdefault(message["source"], message)
            urgency = {
                source: max(m["priority"] for m in waiting if m["source"] == source)
                for source in heads
            }
            source = min(heads, key=lambda name: (-urgency[name], self.sent.index(heads[name])))
            found.append(heads[source]["id"])
            waiting.remove(heads[source])
        return found

    def is_wanted(self, message: dict[str, Any], wanted: dict[str, Any]) -> bool:
        types = wanted.get("message_type", TYPES)
        thread_id = wanted.get("thread_id")
        return (
            self.shard.status_of("delivery", f"{message['id']}/bob") == "waiting"
            and message["expires_us"] > self.shard.now_us
            and message["message_type"] in ((types,) if isinstance(types, str) else types)
            and (thread_id is None or message["thread_id"] == thread_id)
            and ("reply_to" not in wanted or message["reply_to"] == wanted["reply_to"])
        )


TestRelay = Relay.TestCase
TestRelay.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
