"""The fleet at work: the ledger's owner, the agents in processes of their own, and one run per document."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import msgspec

import interlock
from interlock import InterlockError, Plane
from interlock.demo.board import Board, Claimed
from interlock.demo.filing import FiledResult
from interlock.demo.intake import Intake
from interlock.demo.outcome import Outcome
from interlock.demo.roles import (
    ASPECTS,
    ATTEMPTS_MIN,
    DRIVER,
    ESCALATION,
    LEASE_S,
    ORCHESTRATOR,
    READ,
    RETRIES,
    ROLES,
    UPLOADED,
    titled,
)
from interlock.demo.saboteur import Kill, Plan, Saboteur
from interlock.worker import ProcessPool

# A fleet whose log stands still so long will not move any more: leases and retries end long before.
STALLED_S: Final = 60.0

# One turn of the log's follower; the display is drawn at least so often.
TURN_S: Final = 0.2

CREATED_AT_ONCE: Final = 200
LOG_PAGE: Final = 1_000

# A worker that drains finishes one document; who needs longer hangs.
KILL_AFTER_S: Final = 10.0

RESTARTS_PER_MINUTE: Final = 30


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What the fleet is to do. `processes` is the number of processes of each agent."""

    ledger: Path
    documents: tuple[Intake, ...]
    processes: int = 1
    kills: int = 0
    seed: int = 0

    @property
    def attempts_max(self) -> int:
        """No document must be lost to the saboteur, even if all kills hit the same one."""
        return ATTEMPTS_MIN + self.kills


class AgentsGone(InterlockError):
    """Somebody told the agents to go while there was work."""


class Watcher:
    """Sees the fleet at work. This one looks away."""

    def watch(self, fleet: "Fleet") -> None:
        """Called at least every `TURN_S` seconds, and when the log moves."""

    def tell_kill(self, kill: Kill, *, document: str) -> None:
        """A worker was killed while it worked on the task of that title."""


class Fleet:
    """One run over one folder."""

    def __init__(self, order: Order, *, watcher: Watcher) -> None:
        self.order = order
        self.board = Board(order.documents)
        self.kills: list[Kill] = []
        self.stopping = asyncio.Event()
        self._watcher = watcher
        self._pools: dict[str, ProcessPool] = {}

    @property
    def sessions(self) -> dict[str, int]:
        """The process ids of the running agents, by session."""
        return {s: pid for pool in self._pools.values() for s, pid in pool.sessions.items()}

    @property
    def restarts(self) -> int:
        """Processes that were started again."""
        return sum(pool.restarts for pool in self._pools.values())

    def stop(self) -> None:
        """Lets the agents finish what they have in hand and ends the run; called again, it hurries them."""
        if self.stopping.is_set():
            for pool in self._pools.values():
                pool.stop()
        self.stopping.set()

    async def run(self) -> Outcome:
        """Works until each document has its end, or nothing moves any more, or `stop`."""
        started_s = time.monotonic()
        async with interlock.open(self.order.ledger) as plane:
            await self._subscribe(plane)
            async with self._agents(plane):
                await self._create_runs(plane)
                is_stalled = await self._follow(plane)
                duration_s = time.monotonic() - started_s
            # What the agents finished while they were leaving counts, too.
            while await self._note_events(plane):
                pass
            return Outcome(
                documents=self.order.documents,
                ends=self.board.ends,
                results=await self._results(plane),
                attempts=dict(self.board.attempts()),
                retries=dict(self.board.retries),
                doubled=self.board.doubled,
                kills=tuple(self.kills),
                duration_s=duration_s,
                is_stopped=self.stopping.is_set(),
                is_stalled=is_stalled,
            )

    async def _subscribe(self, plane: Plane) -> None:
        """From the start, and before the first document: no agent can come too late for an event."""
        groups = [(UPLOADED, aspect.name) for aspect in ASPECTS]
        groups += [(aspect.topic, ORCHESTRATOR) for aspect in ASPECTS]
        for topic, group in (*groups, (ESCALATION, ORCHESTRATOR)):
            await plane.subscribe(
                topic,
                group=group,
                from_position="start",
                deliveries_max=self.order.attempts_max,
                agent=DRIVER,
            )

    @contextlib.asynccontextmanager
    async def _agents(self, plane: Plane) -> AsyncIterator[None]:
        """The processes of all agents, which start side by side and end side by side."""
        self._pools = {role: self._pool(role, address=plane.address) for role in ROLES}
        try:
            for pool in self._pools.values():
                await pool.__aenter__()
            yield
        finally:
            leaving = (pool.__aexit__(None, None, None) for pool in self._pools.values())
            await asyncio.gather(*leaving)

    def _pool(self, role: str, *, address: str) -> ProcessPool:
        return ProcessPool(
            "interlock.demo.agents:make_app",
            connect=address,
            processes=self.order.processes,
            arguments=(role, str(self.order.attempts_max)),
            log="none",
            kill_after_s=KILL_AFTER_S,
            restarts_per_minute=RESTARTS_PER_MINUTE + self.order.kills,
        )

    async def _create_runs(self, plane: Plane) -> None:
        """One run per document, which begins with the reading of it."""
        documents = self.order.documents
        for start in range(0, len(documents), CREATED_AT_ONCE):
            await asyncio.gather(
                *(
                    plane.create_task(
                        titled(READ, document.source),
                        queue=READ,
                        payload=document,
                        capabilities=(document.capability,),
                        run_id=document.id,
                        correlation_id=document.id,
                        idempotency_key=f"{READ}/{document.id}",
                        lease_s=LEASE_S,
                        attempts_max=self.order.attempts_max,
                        backoff=RETRIES,
                        agent=DRIVER,
                    )
                    for document in documents[start : start + CREATED_AT_ONCE]
                )
            )

    async def _follow(self, plane: Plane) -> bool:
        """Until the work is done or the run is stopped; whether nothing moved any more before that."""
        saboteur = Saboteur(
            plane,
            plan=Plan(
                kills=self.order.kills,
                documents=len(self.order.documents),
                seed=self.order.seed,
            ),
            find_pid=self._find_pid,
        )
        ended = [asyncio.create_task(pool.wait()) for pool in self._pools.values()]
        moved_s = time.monotonic()
        try:
            while not (self.board.is_complete or self.stopping.is_set()):
                has_moved = await self._note_events(plane, saboteur, wait_s=TURN_S)
                self._watcher.watch(self)
                now_s = time.monotonic()
                moved_s = now_s if has_moved else moved_s
                if now_s - moved_s > STALLED_S:
                    return True
                self._refuse_to_go_on_without(ended)
        finally:
            for waiting in ended:
                waiting.cancel()
            await asyncio.gather(*ended, return_exceptions=True)
        return False

    def _find_pid(self, session: str) -> int | None:
        return self.sessions.get(session)

    async def _note_events(
        self, plane: Plane, saboteur: Saboteur | None = None, *, wait_s: float = 0.0
    ) -> bool:
        """Takes in what is new in the log; whether there was anything."""
        page = await plane.read_log(
            after=self.board.events, limit=LOG_PAGE, wait_s=wait_s, agent=DRIVER
        )
        for entry in page.entries:
            claimed = self.board.note(entry.pos, entry.body)
            if claimed is not None and saboteur is not None:
                await self._sabotage(saboteur, claimed)
        return bool(page)

    async def _sabotage(self, saboteur: Saboteur, claimed: Claimed) -> None:
        kill = await saboteur.see_claim(claimed)
        if kill is not None:
            self.kills.append(kill)
            self.board.kill(claimed.session)
            self._watcher.tell_kill(kill, document=self.board.title(kill.task_id))

    def _refuse_to_go_on_without(self, ended: list["asyncio.Task[None]"]) -> None:
        for role, waiting in zip(self._pools, ended, strict=True):
            if waiting.done() and not self.stopping.is_set():
                waiting.result()
                raise AgentsGone(f"all processes of the {role} have ended: start the run again")

    async def _results(self, plane: Plane) -> dict[str, FiledResult]:
        found: dict[str, FiledResult] = {}
        for id, end in self.board.ends.items():
            if end.outcome == "result":
                task = await plane.get_task(end.task_id, agent=DRIVER)
                found[id] = msgspec.convert(task.result, FiledResult)
        return found
