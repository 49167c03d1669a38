"""An agent of the simulated fleet: what it knows, what it does next, what it makes of an answer."""

from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from interlock.kernel.agent import RegisterAgent
from interlock.kernel.backoff import Backoff
from interlock.kernel.command import Refusal
from interlock.kernel.mail.receive import GetMessages
from interlock.kernel.mail.send import SendMessage
from interlock.kernel.mail.settle import AckMessage, RejectMessage
from interlock.kernel.session import CloseSession, OpenSession
from interlock.kernel.task.claim import ClaimTask
from interlock.kernel.task.create import CreateTask
from interlock.kernel.task.finish import CompleteTask, FailTask, ReleaseTask
from interlock.kernel.task.lease import ExtendLease
from interlock.kernel.task.step import CheckpointTask, RecordStep
from interlock.kernel.topic.receive import GetEvents
from interlock.kernel.topic.settle import AckEvents
from tests.sim.call import Call

if TYPE_CHECKING:
    from tests.sim.world import World

NAMES = ("ada", "bea", "cy", "dan", "eve", "fay", "")
QUEUES = ("default", "mail", "slow")
CAPABILITIES = ("read", "write", "sum")
TOPICS = ("orders", "news", "escalation")
GROUPS = ("billing", "audit")
HELD_MAX = 3


class Held:
    """A claim in the hands of a client. It does nothing about it before `silent_until_s`."""

    __slots__ = ("fence", "lease_s", "silent_until_s", "task_id")

    def __init__(self, task_id: str, fence: int, lease_s: float, silent_until_s: float) -> None:
        self.task_id = task_id
        self.fence = fence
        self.lease_s = lease_s
        self.silent_until_s = silent_until_s


class Client:
    """One process of the fleet. Several may bear the same name; some have no session, some a wrong one."""

    def __init__(self, world: "World", number: int) -> None:
        self.world = world
        self.draw = world.draw
        self.number = number
        self.name = NAMES[number % len(NAMES)]
        self.session = ""
        self.sessions = 0
        self.capabilities = CAPABILITIES[: number % 4]
        self.held: list[Held] = []
        self.receipts: list[tuple[str, str]] = []
        self.event_receipts: list[tuple[str, str, str]] = []
        self.polls = 0
        self.keyed: list[CreateTask] = []
        self.requests = 0

    def pick(self, options: Any) -> Any:
        """One of them."""
        return options[int(self.draw() * len(options))]

    def request_id(self) -> str:
        """A new one, or none."""
        if self.draw() > self.world.profile.request_ids:
            return ""
        self.requests += 1
        return f"{self.number}.{self.requests}"

    def patience(self, waits: tuple[float, ...]) -> float:
        """How long it waits for an answer, if at all."""
        return self.pick(waits) if self.draw() < self.world.profile.patience else 0.0

    # What it does.

    def create(self) -> None:
        world, draw, profile = self.world, self.draw, self.world.profile
        if len(world.oracle.tasks.open) > profile.open_max:
            self.claim()
            return
        mark = world.mark()
        is_odd = not profile.is_plain and draw() < 0.5
        command = CreateTask(
            agent=self.name,
            request_id=self.request_id(),
            title=mark,
            queue="default" if profile.is_fair else self.pick(QUEUES),
            payload='{"n":1}' if draw() < 0.3 else "null",
            instructions="do it" if draw() < 0.2 else "",
            priority=4 if profile.is_fair else self.pick((4, 4, 2, 6, "urgent", "low", 0, 9)),
            lease_s=self.pick((0.05, 0.3, 1.0, 3.0, 60.0)),
            attempts_max=self.pick((1, 2, 3, 5)),
            backoff=Backoff(base_s=self.pick((0.0, 0.01, 0.2)), cap_s=1.0),
            fairness_key=self.pick(("", "a", "b", "c")),
            capabilities=(self.pick(CAPABILITIES),) if is_odd and draw() < 0.4 else (),
            concurrency_key=self.pick(("k1", "k2", "k3")) if is_odd and draw() < 0.4 else "",
            needs=self._needs() if is_odd and draw() < 0.4 else (),
            not_before=draw() * 2 if is_odd and draw() < 0.2 else None,
            deadline=self.pick((0.5, 3.0, 30.0)) if is_odd and draw() < 0.2 else None,
            idempotency_key=f"key{self.number}.{mark}" if draw() < 0.3 else "",
        )
        if command.idempotency_key:
            self.keyed = [*self.keyed[-4:], command]
        world.send(self, command, mark)

    def _needs(self) -> tuple[str, ...]:
        known = self.world.task_ids
        return tuple(self.pick(known) for _ in range(1 + int(self.draw() * 2))) if known else ()

    def create_keyed(self) -> None:
        """The same creation again, or another one under the same key, or under another name."""
        if not self.keyed:
            self.create()
            return
        command: Any = self.pick(self.keyed)
        dice = self.draw()
        fields: dict[str, Any] = {"request_id": self.request_id()}
        if dice < 0.2:
            fields["title"] = self.world.mark()
        elif dice < 0.3:
            fields["agent"] = self.pick(NAMES)
        changed = replace(command, **fields)
        if changed.title != command.title:
            self.world.send(self, changed, changed.title)
        else:
            self.world.oracle.calls.forget(command.title)
            self.world.send(self, changed)

    def claim(self) -> None:
        if len(self.held) >= HELD_MAX or self.polls > 2:
            self.work()
            return
        self.polls += 1
        draw = self.draw
        is_plain = self.world.profile.is_plain
        self.world.send(
            self,
            ClaimTask(
                agent=self.name,
                request_id=self.request_id(),
                queue="default"
                if draw() < 0.7
                else self.pick((QUEUES, ("mail", "slow"), "mail", "slow")),
                capabilities=() if is_plain else self.capabilities,
                session=self.session,
                lease_s=None if draw() < 0.8 else 0.5,
                wait_s=self.patience((0.1, 1.0, 3.0, 55.0)),
            ),
        )

    def claim_named(self) -> None:
        """Races for a task that it read somewhere."""
        known = self.world.task_ids
        if not known or len(self.held) >= HELD_MAX:
            self.work()
            return
        ready = [id for queue in self.world.oracle.tasks.ready.values() for id in queue]
        task_id = self.pick(ready) if ready and self.draw() < 0.7 else self.pick(known)
        self.polls += 1
        self.world.send(
            self,
            ClaimTask(
                agent=self.name,
                request_id=self.request_id(),
                task_id=task_id,
                capabilities=CAPABILITIES if self.draw() < 0.8 else (),
                session=self.session,
            ),
        )

    def work(self) -> None:
        """Does something about what it holds: often what a good worker does, sometimes too late."""
        now_s = self.world.loop.time()
        for held in self.held:
            if held.silent_until_s <= now_s:
                break
        else:
            if len(self.held) < HELD_MAX and self.polls < 2:
                self.claim()
            return
        dice = self.draw()
        if dice < 0.46:
            self._end(held, dice)
        elif dice < 0.88:
            self._go_on(held, dice)
        elif dice < 0.94:
            held.silent_until_s = now_s + held.lease_s * self.draw() * 2
        else:
            self.send_message(self._proof(held))

    def _proof(self, held: Held) -> dict[str, Any]:
        proof = {"agent": self.name, "task_id": held.task_id, "fence": held.fence}
        return {**proof, "request_id": self.request_id()}

    def _end(self, held: Held, dice: float) -> None:
        """Completes, fails or releases; sometimes goes on all the same, as if nothing had been said."""
        mark, proof = self.world.mark(), self._proof(held)
        if self.draw() < 0.93:
            self.held.remove(held)
        if dice < 0.3:
            mark = f'"{mark}"'
            self.world.send(self, CompleteTask(**proof, result=mark), mark)
        elif dice < 0.4:
            classes = ("TRANSIENT", "TRANSIENT", "TIMEOUT", "DEPENDENCY", "PERMANENT", "POLICY")
            command = FailTask(**proof, error=mark, error_class=self.pick(classes))
            self.world.send(self, command, mark)
        else:
            self.world.send(self, ReleaseTask(**proof, reason=mark), mark)

    def _go_on(self, held: Held, dice: float) -> None:
        mark, proof = f'"{self.world.mark()}"', self._proof(held)
        if dice < 0.56:
            self.world.send(self, ExtendLease(**proof))
        elif dice < 0.66:
            self.world.send(self, ExtendLease(**proof, progress=mark), mark)
        elif dice < 0.8:
            step = RecordStep(**proof, name=self.pick(("one", "two")), result=mark)
            self.world.send(self, step, mark)
        else:
            self.world.send(self, CheckpointTask(**proof, checkpoint=mark), mark)

    def send_message(self, place: dict[str, Any] | None = None) -> None:
        world, draw = self.world, self.draw
        if len(world.oracle.mail.open) > world.profile.open_max * 2:
            self.read()
            return
        mark = world.mark()
        fields = place or {"agent": self.name or "ada", "request_id": self.request_id()}
        target = (
            self.pick(NAMES[:-1]) if draw() < 0.8 else self.pick(("all", "group:red", "group:blue"))
        )
        world.send(
            self,
            SendMessage(
                **{**fields, "agent": fields["agent"] or "ada"},
                target=target,
                message_type=self.pick(("DIRECTIVE", "QUERY", "STATUS", "EVENT", "ACK")),
                message=mark,
                priority=self.pick((4, 4, 8, "low")),
                ttl_s=self.pick((0.3, 5.0, 60.0, 86_400.0)),
                deliveries_max=self.pick((1, 2, 5)),
                idempotency_key=mark if draw() < 0.2 else "",
            ),
            mark,
        )

    def read(self) -> None:
        if self.polls > 2:
            return
        self.polls += 1
        draw = self.draw
        is_choosy = self.number % 2 and draw() < 0.3
        self.world.send(
            self,
            GetMessages(
                agent=self.name or "ada",
                request_id=self.request_id(),
                message_type=self.pick(("QUERY", ("STATUS", "EVENT"))) if is_choosy else None,
                limit=self.pick((1, 3, 10)),
                visibility_s=self.pick((0.05, 0.5, 5.0)),
                wait_s=self.patience((0.1, 1.0, 55.0)),
                session=self.session,
            ),
        )

    def settle(self) -> None:
        if not self.receipts:
            self.read()
            return
        draw, agent = self.draw, self.name or "ada"
        number = int(draw() * len(self.receipts))
        receipt, id = self.receipts[number] if draw() < 0.1 else self.receipts.pop(number)
        dice = draw()
        if dice < 0.6:
            self.world.send(self, AckMessage(agent=agent, receipt=receipt))
        elif dice < 0.8:
            mark = self.world.mark()
            command = RejectMessage(agent=agent, receipt=receipt, reason=mark, requeue=draw() < 0.6)
            self.world.send(self, command, mark)
        elif dice < 0.95:
            self.reply(id)

    def reply(self, id: str) -> None:
        """Answers a message; an ACK or a RESULT settles it."""
        mark, known = self.world.mark(), self.world.oracle.mail.messages.get(id)
        if known is None:
            return
        command = SendMessage(
            agent=self.name or "ada",
            request_id=self.request_id(),
            target=known["source"],
            message_type=self.pick(("ACK", "RESULT", "STATUS")),
            message=mark,
            reply_to=id,
            ttl_s=60.0,
        )
        self.world.send(self, command, mark)

    def get_events(self) -> None:
        if self.polls > 2:
            return
        self.polls += 1
        command = GetEvents(
            agent=self.name,
            topic=self.pick(TOPICS),
            group=self.pick(GROUPS),
            limit=self.pick((1, 3, 10)),
            visibility_s=self.pick((0.05, 0.5, 5.0)),
            wait_s=self.patience((0.1, 1.0)),
        )
        self.world.send(self, command)

    def ack_events(self) -> None:
        if not self.event_receipts:
            self.get_events()
            return
        number = int(self.draw() * len(self.event_receipts))
        topic, group, receipt = self.event_receipts.pop(number)
        self.world.send(self, AckEvents(agent=self.name, topic=topic, group=group, receipt=receipt))

    def change_session(self) -> None:
        if self.session and self.draw() < 0.5:
            self.world.send(self, CloseSession(agent=self.name, session=self.session))
            if self.draw() < 0.7:
                self.session = ""
            return
        self.sessions += 1
        session = f"session {self.number}.{self.sessions}"
        self.world.send(self, OpenSession(agent=self.name or "ada", session=session))

    def register(self) -> None:
        mark = self.world.mark()
        groups = self.pick(((), ("red",), ("red", "blue")))
        command = RegisterAgent(agent=self.name or "ada", groups=groups, description=mark)
        self.world.send(self, command, mark)

    # What it hears.

    def gave_up(self, call: Call) -> None:
        """No answer came: what the command did, if anything, this client will never know."""
        if call.command.verb in ("claim_task", "get_messages", "get_events"):
            self.polls -= 1

    def heard(self, call: Call, reply: Any) -> None:
        """An answer came."""
        verb = call.command.verb
        if verb in ("claim_task", "get_messages", "get_events"):
            self.polls -= 1
            if reply and not isinstance(reply, Refusal):
                _HEARD[verb](self, call.command, reply)
            elif isinstance(reply, Refusal) and reply.code == "session_closed":
                self.session = ""
        elif verb == "open_session" and not isinstance(reply, Refusal):
            if call.command.agent == self.name:
                self.session = call.command.session
        elif verb == "create_task" and not isinstance(reply, Refusal):
            self.world.know(reply.task_id)

    def _won(self, command: ClaimTask, reply: Any) -> None:
        del command
        draw, now_s = self.draw, self.world.loop.time()
        silent_until_s = now_s
        if draw() < self.world.profile.zombies:
            silent_until_s += reply.lease_ms / 1_000 * (0.5 + draw() * 2)
        self.held.append(Held(reply.task_id, reply.fence, reply.lease_ms / 1_000, silent_until_s))

    def _got(self, command: GetMessages, reply: Any) -> None:
        del command
        self.receipts += [(item.receipt, item.id) for item in reply.items]
        del self.receipts[:-20]

    def _got_events(self, command: GetEvents, reply: Any) -> None:
        self.event_receipts.append((command.topic, command.group, reply.receipt))
        del self.event_receipts[:-10]


_HEARD: dict[str, Any] = {
    "claim_task": Client._won,
    "get_messages": Client._got,
    "get_events": Client._got_events,
}
