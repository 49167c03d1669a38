"""One of the processes of the race: `python -m tests.stories.race_child LEDGER NUMBER CLAIMERS`.

Says `ready` when all its claimers are connected, waits for the list of tasks on standard input, races, and
prints what each claimer won and lost.
"""

import asyncio
import json
import sys
from typing import Any

import interlock

LISTED = 5
"""How many tasks each claimer takes from the list that all have read, before it asks for the next one."""

SHARED_NAME = "twin"


class Claimer:
    """Some have a name and a session of their own, some share a name, some have neither."""

    def __init__(self, plane: interlock.Plane, process: str, number: int) -> None:
        self.plane = plane
        self.label = f"{process}.{number}"
        self.who: dict[str, str] = {}
        if number % 3 == 0:
            self.who = {"agent": f"agent {self.label}", "session": f"session {self.label}"}
        elif number % 3 == 1:
            self.who = {"agent": SHARED_NAME}
        self.wins: list[dict[str, Any]] = []
        self.losses: list[dict[str, Any]] = []

    async def prepare(self) -> None:
        """Opens its session, if it has one."""
        if "session" in self.who:
            await self.plane.open_session(self.who["session"], agent=self.who["agent"])

    async def race(self, listed: list[str]) -> None:
        """List, then claim; then whatever comes next, until nothing is left."""
        for task_id in listed[:LISTED]:
            try:
                self._won(await self.plane.claim_task(task_id=task_id, **self.who))
            except interlock.AlreadyClaimed as error:
                self.losses.append({"task_id": task_id, **error.details})
        while claim := await self.plane.claim_task(**self.who):
            self._won(claim)

    def _won(self, claim: Any) -> None:
        self.wins.append(
            {
                "task_id": claim.task_id,
                "fence": claim.fence,
                "agent": self.who.get("agent", ""),
                "session": self.who.get("session", ""),
            }
        )


async def main(ledger: str, process: str, count: int) -> dict[str, Any]:
    async with interlock.connect(ledger) as plane:
        claimers = [Claimer(plane, process, number) for number in range(count)]
        await asyncio.gather(*(claimer.prepare() for claimer in claimers))
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        listed = json.loads(await asyncio.to_thread(sys.stdin.readline))
        await asyncio.gather(*(claimer.race(listed) for claimer in claimers))
    return {
        "wins": [win for claimer in claimers for win in claimer.wins],
        "losses": [loss for claimer in claimers for loss in claimer.losses],
    }


if __name__ == "__main__":
    outcome = asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    sys.stdout.write(json.dumps(outcome) + "\n")
