"""What may happen in one beat of the world: a deed of some agent, or of an administrator."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from interlock.kernel.agent import GetAgent, PauseAgent, QuarantineAgent, ResumeAgent
from interlock.kernel.fleet import GetFleet
from interlock.kernel.help import AnswerHelp, RequestHelp
from interlock.kernel.mail.listing import SearchMessages
from interlock.kernel.mail.receive import GetMessage
from interlock.kernel.program import (
    DecayPatterns,
    GetProgramState,
    ReinforcePattern,
    UpdateProgramState,
)
from interlock.kernel.redrive import RedriveDeadLetters
from interlock.kernel.roster import GetAgents
from interlock.kernel.schedule.model import TaskTemplate
from interlock.kernel.schedule.verbs import (
    CreateSchedule,
    DeleteSchedule,
    PauseSchedule,
    ResumeSchedule,
)
from interlock.kernel.task.cancel import CancelTask, RetryTask
from interlock.kernel.task.listing import GetTasks
from interlock.kernel.task.queue import ConfigureQueue, GetQueue
from interlock.kernel.task.queues import GetQueues
from interlock.kernel.task.view import GetTask
from interlock.kernel.topic.publish import PublishEvent
from interlock.kernel.topic.subscribe import SeekSubscription, Subscribe, Unsubscribe
from tests.sim.client import GROUPS, NAMES, QUEUES, TOPICS, Client
from tests.sim.garbage import make_garbage

if TYPE_CHECKING:
    from tests.sim.world import World

Deed = Callable[["World", Client], None]


def _cancel(world: "World", client: Client) -> None:
    mark = world.mark()
    task_id = _some_task(world, client)
    command = CancelTask(
        agent=client.name, task_id=task_id, reason=mark, request_id=client.request_id()
    )
    world.send(client, command, mark)


def _retry(world: "World", client: Client) -> None:
    dead = [id for id in world.task_ids if world.oracle.tasks.status(id) == "dead"]
    task_id = client.pick(dead) if dead else _some_task(world, client)
    command = RetryTask(agent=client.name, task_id=task_id, request_id=client.request_id())
    world.send(client, command)


def _look(world: "World", client: Client) -> None:
    dice = world.draw()
    if dice < 0.7:
        world.send(client, GetTask(task_id=_some_task(world, client)))
    elif dice < 0.8:
        world.send(client, GetQueue(queue=client.pick(QUEUES)))
    elif dice < 0.9 and world.oracle.mail.messages:
        number = 1 + int(world.draw() * world.oracle.log.head)
        world.send(client, GetMessage(message_id=f"message-0-{number}"))
    else:
        world.send(client, GetAgent(name=client.name or "ada"))


def _list(world: "World", client: Client) -> None:
    world.send(client, _some_list(world.draw(), client))


def _some_list(dice: float, client: Client) -> Any:
    if dice < 0.2:
        return GetTasks(limit=1 + int(dice * 50), order="oldest")
    if dice < 0.4:
        return GetTasks(status=("ready", "claimed", "dead"), limit=100)
    if dice < 0.5:
        return GetTasks(holder=client.name or "ada")
    if dice < 0.7:
        return SearchMessages(recipient=client.name if dice < 0.6 else "", limit=100)
    if dice < 0.8:
        return GetAgents(busy=True)
    return GetQueues() if dice < 0.9 else GetFleet()


def _help(world: "World", client: Client) -> None:
    waiting = list(world.oracle.help.open)
    if waiting and world.draw() < 0.5:
        command: Any = AnswerHelp(
            agent=client.name or "pat",
            help_id=client.pick(waiting),
            answer="do this",
            request_id=client.request_id(),
        )
    else:
        command = RequestHelp(
            agent=client.name or "ada", title="what now?", request_id=client.request_id()
        )
    world.send(client, command)


def _queue(world: "World", client: Client) -> None:
    queue = "default" if world.profile.is_fair else client.pick(QUEUES)
    is_paused = None if world.profile.is_fair else world.draw() < 0.15
    weights = {"a": client.pick((1, 2, 5))} if world.draw() < 0.5 else None
    depth_max = 2_000_000 if world.profile.is_fair else client.pick((5, 2_000_000, 2_000_000))
    world.send(
        client,
        ConfigureQueue(queue=queue, is_paused=is_paused, weights=weights, depth_max=depth_max),
    )


def _agent_status(world: "World", client: Client) -> None:
    dice, name, mark = world.draw(), client.pick(NAMES[:-1]), world.mark()
    if dice < 0.7:
        world.send(client, ResumeAgent(name=name))
    elif dice < 0.85:
        world.send(client, PauseAgent(name=name, reason=mark), mark)
    else:
        world.send(client, QuarantineAgent(name=name, reason=mark), mark)


def _redrive(world: "World", client: Client) -> None:
    dead: list[str] = [id for id in world.task_ids[-40:] if world.oracle.tasks.status(id) == "dead"]
    mail = world.oracle.mail
    dead += [id for id, is_dead in list(mail.dead_events.items())[-5:] if is_dead]
    letters = list(mail.deliveries)[-40:]
    dead += [id for id in letters if mail.deliveries[id].status == "dead"]
    if dead:
        ids = tuple(client.pick(dead) for _ in range(1 + int(world.draw() * 3)))
        command = RedriveDeadLetters(agent=client.name, ids=ids, request_id=client.request_id())
        world.send(client, command)


def _publish(world: "World", client: Client) -> None:
    mark = f'"{world.mark()}"'
    command = PublishEvent(
        agent=client.name,
        topic=client.pick(TOPICS[:-1]),
        payload=mark,
        request_id=client.request_id(),
    )
    world.send(client, command, mark)


def _subscribe(world: "World", client: Client) -> None:
    topic, group, dice = client.pick(TOPICS), client.pick(GROUPS), world.draw()
    if dice < 0.85:
        limit = client.pick((1, 2, 5))
        start = client.pick(("now", "start", "start"))
        world.send(
            client, Subscribe(topic=topic, group=group, from_position=start, deliveries_max=limit)
        )
    elif dice < 0.95:
        position = int(world.draw() * (world.oracle.log.head + 1))
        world.send(client, SeekSubscription(topic=topic, group=group, position=position))
    else:
        world.send(client, Unsubscribe(topic=topic, group=group))


def _garbage(world: "World", client: Client) -> None:
    command = make_garbage(world.random, world.task_ids)
    if command is not None:
        world.send(client, command)


def _program(world: "World", client: Client) -> None:
    agent, dice = client.name or "ada", world.draw()
    command: Any
    if dice < 0.4:
        version = int(world.draw() * 5) if world.draw() < 0.5 else None
        command = UpdateProgramState(
            agent=agent, if_version=version, config='{"a":1}', request_id=client.request_id()
        )
    elif dice < 0.7:
        command = ReinforcePattern(
            agent=agent, pattern=client.pick(("tidy", "slow")), evidence="seen"
        )
    elif dice < 0.8:
        command = DecayPatterns(agent=agent, half_life_s=100.0)
    else:
        command = GetProgramState(agent=agent)
    world.send(client, command)


def _schedule(world: "World", client: Client) -> None:
    name, dice = client.pick(("s1", "s2", "s3")), world.draw()
    command: Any
    if dice < 0.4:
        template = TaskTemplate(title="scheduled", queue=client.pick(QUEUES), attempts_max=2)
        timing = client.pick(({"every_s": 300.0}, {"at": 2.0}, {"cron": "*/20 * * * *"}))
        command = CreateSchedule(
            name=name, task=template, catch_up=client.pick(("one", "none")), **timing
        )
    elif dice < 0.6:
        command = PauseSchedule(name=name)
    elif dice < 0.8:
        command = ResumeSchedule(name=name)
    else:
        command = DeleteSchedule(name=name)
    world.send(client, command)


def _some_task(world: "World", client: Client) -> str:
    known = world.task_ids
    return client.pick(known) if known else "task-0-1"


def _reply(world: "World", client: Client) -> None:
    del world
    if client.receipts:
        client.reply(client.pick(client.receipts)[1])


def _of(method: Callable[[Client], None]) -> Deed:
    return lambda world, client: method(client)


DEEDS: dict[str, Deed] = {
    "create": _of(Client.create),
    "keyed": _of(Client.create_keyed),
    "claim": _of(Client.claim),
    "claim_named": _of(Client.claim_named),
    "work": _of(Client.work),
    "send": _of(Client.send_message),
    "read": _of(Client.read),
    "settle": _of(Client.settle),
    "get_events": _of(Client.get_events),
    "ack_events": _of(Client.ack_events),
    "register": _of(Client.register),
    "session": _of(Client.change_session),
    "cancel": _cancel,
    "retry": _retry,
    "look": _look,
    "queue": _queue,
    "agent_status": _agent_status,
    "reply": _reply,
    "redrive": _redrive,
    "publish": _publish,
    "subscribe": _subscribe,
    "garbage": _garbage,
    "program": _program,
    "schedule": _schedule,
    "help": _help,
    "list": _list,
}
