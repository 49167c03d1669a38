"""The life of a world: chaos for a number of steps, then peace, in which everything must come to its end."""

import asyncio

from interlock.kernel.agent import ResumeAgent
from interlock.kernel.mail.receive import GetMessages
from interlock.kernel.mail.settle import AckMessage
from interlock.kernel.schedule.verbs import DeleteSchedule
from interlock.kernel.task.claim import ClaimTask
from interlock.kernel.task.finish import CompleteTask
from interlock.kernel.task.queue import ConfigureQueue
from tests.sim.call import Call
from tests.sim.client import Client
from tests.sim.deeds import DEEDS
from tests.sim.profile import CALM
from tests.sim.violation import Violation
from tests.sim.world import World

ROUNDS_MAX = 4_000
DAY_S = 86_400.0


async def live(world: World, steps: int) -> None:
    """Chaos until `steps`, then peace."""
    world.steps_max = 10 * steps + 100_000
    await world.start_hub()
    clients = [Client(world, number) for number in range(world.profile.agents)]
    deeds = [
        DEEDS[deed] for deed, weight in sorted(world.profile.deeds.items()) for _ in range(weight)
    ]
    draw, count, beat_s = world.draw, len(clients), world.profile.beat_s
    while world.steps < steps:
        for _ in range(1 + int(draw() * 5) if world.hub else int(draw() * 1.3)):
            deeds[int(draw() * len(deeds))](world, clients[int(draw() * count)])
        _trouble(world)
        _judge(world)
        await asyncio.sleep(draw() * beat_s + world.idle_s)
        world.idle_s = 0.0
        if world.disk.room == "low" and draw() < 0.02:
            world.disk.room = "ample"
    await _peace(world)


def _judge(world: World) -> None:
    world.compare()
    world.revive()


def _trouble(world: World) -> None:
    """What happens to the machines in this beat."""
    faults, dice = world.faults, world.draw()
    for chance, happen in (
        (faults.crash, world.crash),
        (faults.usurp, world.usurp),
        (faults.jump, world.jump),
        (faults.suspend, world.suspend),
        (faults.low_disk, world.fill_disk),
        (faults.pause, world.pause),
    ):
        if dice < chance:
            happen()
            return
        dice -= chance


class Finisher:
    """The only agent left when there is peace: takes everything, finishes everything."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.waiting = 0

    def send(self, command: object) -> None:
        self.waiting += 1
        self.world.send(self, command)  # type: ignore[arg-type]

    def gave_up(self, call: Call) -> None:
        self.waiting -= 1

    def heard(self, call: Call, reply: object) -> None:
        self.waiting -= 1
        kind = type(reply).__name__
        if kind == "Claim":
            self.send(CompleteTask(task_id=reply.task_id, fence=reply.fence))  # type: ignore[attr-defined]
        elif kind == "Messages":
            for item in reply.items:  # type: ignore[attr-defined]
                self.send(AckMessage(agent=call.command.agent, receipt=item.receipt))

    async def rest(self) -> None:
        """Until every command has its answer."""
        while self.waiting:
            await asyncio.sleep(0.01)
            _judge(self.world)


async def _peace(world: World) -> None:
    """No faults any more: within bounded time nothing is open."""
    world.faults = CALM
    world.disk.room = "ample"
    finisher = Finisher(world)
    await asyncio.sleep(60)
    while world.hub is None or world.hub._closing or world.zombies:
        await asyncio.sleep(1)
        _judge(world)
    people, tasks, mail = world.oracle.people, world.oracle.tasks, world.oracle.mail
    world.oracle.catch_up()
    for name in sorted(people.agents):
        finisher.send(ResumeAgent(name=name))
    for queue in sorted(tasks.paused):
        finisher.send(ConfigureQueue(queue=queue, is_paused=False))
    for name in sorted(world.oracle.schedules.next_us):
        finisher.send(DeleteSchedule(name=name))
    await finisher.rest()
    for _ in range(ROUNDS_MAX):
        world.oracle.catch_up()
        _judge(world)
        left_before = world.oracle.open_count()
        if not left_before:
            break
        for queue, ready in sorted(tasks.ready.items()):
            offered = sorted({name for task in ready.values() for name in task.capabilities})
            for _ in range(min(len(ready), 20)):
                finisher.send(ClaimTask(queue=queue, capabilities=tuple(offered)))
        for recipient in sorted(name for name, lanes in mail.waiting.items() if lanes):
            finisher.send(GetMessages(agent=recipient, limit=100))
        await finisher.rest()
        world.oracle.catch_up()
        # Ready work may wait for a concurrency key whose holder has gone: then only time helps.
        if not any(tasks.ready.values()) or world.oracle.open_count() == left_before:
            await asyncio.sleep(_idle_s(world))
    world.look()
    left = [*tasks.open, *mail.open]
    if left:
        statuses = [tasks.status(id) or mail.deliveries[id].status for id in left[:5]]
        raise Violation("everything_comes_to_an_end", f"{len(left)} left: {left[:5]} {statuses}")
    world.oracle.fold.compare_all()


def _idle_s(world: World) -> float:
    """Until the next thing is due by the clock."""
    assert world.hub is not None
    now_us = world.hub.now_us()
    dues = [
        due_us
        for task in world.oracle.tasks.open.values()
        for due_us in (task.due_us, task.lease_until_us, task.deadline_us)
        if due_us
    ]
    dues += [letter.visible_us or letter.expires_us for letter in world.oracle.mail.open.values()]
    next_us = min((due_us for due_us in dues if due_us > now_us), default=now_us)
    return min((next_us - now_us) / 1e6 + 0.05, 400 * DAY_S)
