"""A fleet of real processes that are killed with SIGKILL at random moments, owner included, and started again.

`python -m tests.crash.storm FOLDER '{"seed": 7}'` runs one storm and prints what came of it as JSON. The process
that runs a storm has no threads and no event loop: it forks the fleet from itself, so that a restart takes
milliseconds.
"""

import argparse
import asyncio
import contextlib
import gc
import os
import random
import select
import signal
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.crash.audit import Findings, audit
from tests.crash.roles import Canary, Place, drive, own, read, work

DRAIN_S_MAX: Final = 60.0
"""How long a fleet that nobody kills any more may take to finish its work."""

LONG_LIFE_S: Final = (6.3, 6.8)
"""Some owners live past the grace that leases have after a restart, so that leases are taken back."""

SHORT_LIFE_S: Final = (0.03, 0.75)
LONG_LIFE_EVERY: Final = 16
FREEZE_S: Final = (5.5, 6.2)
"""At the birth of such an owner some workers are frozen, past the end of their leases: who thaws then is a zombie
with a stale fence."""

ZOMBIES: Final = 2
FLEET_PAUSE_S: Final = 0.18
"""The mean time between two deaths among workers, drivers and readers."""


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a storm. `fleet_kills` are those of workers, drivers and readers; `canary` plants a bug in the
    owner."""

    seed: int
    canary: Canary = ""
    owner_kills: int = 60
    fleet_kills: int = 250
    workers: int = 5
    readers: int = 1
    drivers: int = 2


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a storm did, and what the ledger says afterwards."""

    seed: int
    kills: dict[str, int]
    freezes: int
    elapsed_s: float
    findings: Findings


class StormFailed(Exception):
    """A process of the fleet ended by itself, or the fleet did not come to an end."""


Role = Callable[[int], Coroutine[Any, Any, None]]


class _Fleet:
    """The processes, by name. Each is started again under its name, one generation later."""

    def __init__(self, place: Place, budget: Budget) -> None:
        self.roles: dict[str, Role] = {"owner": lambda _: own(place, canary=budget.canary)}
        for number in range(budget.drivers):
            name = f"driver{number}"
            self.roles[name] = lambda generation, name=name: drive(place, name, generation)
        for number in range(budget.workers):
            name = f"worker{number}"
            self.roles[name] = lambda generation, name=name: work(place, name, generation)
        for number in range(budget.readers):
            name = f"reader{number}"
            self.roles[name] = lambda _, name=name: read(place, name)
        self.pids: dict[str, int] = {}
        self.generations: Counter[str] = Counter()
        # Whoever reads here learns that this process has ended, however it did: the children end as well.
        self._lifeline = os.pipe()

    def start(self, name: str) -> None:
        """Forks the process of this name."""
        self.generations[name] += 1
        # A child that is told to stop before it listens must not die of it: its `Stop` opens the mask.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        pid = os.fork()
        if pid == 0:
            self._live(name)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self.pids[name] = pid

    def _live(self, name: str) -> None:
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(self._lifeline[1])
            asyncio.run(self._linked(self.roles[name](self.generations[name])))
            status = 0
        except BaseException:  # noqa: BLE001 - a forked child must never return into its parent's code
            sys.stderr.write(f"{name}: {traceback.format_exc()}")
        finally:
            sys.stderr.flush()
            os._exit(status)

    async def _linked(self, role: Coroutine[Any, Any, None]) -> None:
        asyncio.get_running_loop().add_reader(self._lifeline[0], os._exit, 1)
        await role

    def kill(self, name: str) -> None:
        """SIGKILL, and the wait until the system has cleared the process away."""
        pid = self.pids.pop(name)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            raise StormFailed(f"{name} had ended by itself")

    def signal(self, name: str, number: signal.Signals) -> None:
        os.kill(self.pids[name], number)

    def reap(self) -> None:
        """Takes note of processes that ended well. Raises `StormFailed` for any other end."""
        for name, pid in list(self.pids.items()):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                del self.pids[name]
                if status != 0:
                    raise StormFailed(f"{name} ended with {os.waitstatus_to_exitcode(status)}")

    def end(self) -> None:
        """Leaves no process behind."""
        for name in list(self.pids):
            with contextlib.suppress(StormFailed):
                self.kill(name)
        for end in self._lifeline:
            os.close(end)


class _Storm:
    """The killer: decides who dies when."""

    def __init__(self, budget: Budget, folder: Path) -> None:
        self._budget = budget
        self._random = random.Random(budget.seed)
        self._fleet = _Fleet(Place(folder), budget)
        self._kills: Counter[str] = Counter()
        self._freezes = 0
        self._thaw_at: dict[str, float] = {}
        self._bell, ringer = os.pipe()
        os.set_blocking(ringer, False)
        os.set_blocking(self._bell, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(ringer)

    def run(self) -> None:
        """Kills as much as the budget says, then lets the fleet finish."""
        try:
            for name in self._fleet.roles:
                self._fleet.start(name)
            self._rage()
            self._drain("driver")
            self._drain("worker")
            self._drain("reader")
            self._drain("owner")
        finally:
            self._fleet.end()

    def _rage(self) -> None:
        now = time.monotonic()
        owner_at, fleet_at = now + self._owner_life_s(), now + self._fleet_pause_s()
        while self._is_raging():
            self._wait_until(min([owner_at, fleet_at, *self._thaw_at.values()]))
            self._fleet.reap()
            now = time.monotonic()
            self._thaw(now)
            if now >= owner_at:
                self._kill("owner")
                owner_at = time.monotonic() + self._owner_life_s()
            if now >= fleet_at:
                self._kill(self._random.choice(self._living("worker", "driver", "reader")))
                fleet_at = time.monotonic() + self._fleet_pause_s()

    def _is_raging(self) -> bool:
        owner = self._kills["owner"]
        fleet = self._kills.total() - owner
        return owner < self._budget.owner_kills or fleet < self._budget.fleet_kills

    def _owner_life_s(self) -> float:
        is_long = self._kills["owner"] % LONG_LIFE_EVERY == LONG_LIFE_EVERY - 1
        if is_long:
            for name in self._random.sample(self._living("worker"), ZOMBIES):
                self._freeze(name)
        return self._random.uniform(*(LONG_LIFE_S if is_long else SHORT_LIFE_S))

    def _fleet_pause_s(self) -> float:
        return self._random.expovariate(1 / FLEET_PAUSE_S)

    def _living(self, *kinds: str) -> list[str]:
        return [
            name
            for name in self._fleet.roles
            if name.startswith(kinds) and name not in self._thaw_at
        ]

    def _freeze(self, name: str) -> None:
        self._fleet.signal(name, signal.SIGSTOP)
        self._thaw_at[name] = time.monotonic() + self._random.uniform(*FREEZE_S)
        self._freezes += 1

    def _kill(self, name: str) -> None:
        self._fleet.kill(name)
        self._kills[name.rstrip("0123456789")] += 1
        self._fleet.start(name)

    def _thaw(self, now: float) -> None:
        for name, at in list(self._thaw_at.items()):
            if now >= at:
                del self._thaw_at[name]
                self._fleet.signal(name, signal.SIGCONT)

    def _drain(self, kind: str) -> None:
        """Tells the processes of this kind to finish, and waits for it."""
        self._thaw(float("inf"))
        names = [name for name in self._fleet.roles if name.startswith(kind)]
        for name in names:
            self._fleet.signal(name, signal.SIGTERM)
        deadline = time.monotonic() + DRAIN_S_MAX
        while any(name in self._fleet.pids for name in names):
            self._wait_until(deadline)
            self._fleet.reap()
            if time.monotonic() >= deadline:
                raise StormFailed(f"{names} did not finish within {DRAIN_S_MAX} s")

    def _wait_until(self, moment: float) -> None:
        """Returns at this moment, or earlier when a child ended."""
        ready, _, _ = select.select([self._bell], [], [], max(0.0, moment - time.monotonic()))
        if ready:
            os.read(self._bell, 4_096)

    def outcome(self, findings: Findings, *, elapsed_s: float) -> Outcome:
        return Outcome(
            seed=self._budget.seed,
            kills={**self._kills, "all": self._kills.total()},
            freezes=self._freezes,
            elapsed_s=elapsed_s,
            findings=findings,
        )


def run_storm(budget: Budget, folder: Path) -> Outcome:
    """Runs a storm in this process, which must have neither threads nor an event loop. Raises `StormFailed`."""
    started_s = time.monotonic()
    gc.freeze()
    storm = _Storm(budget, folder)
    storm.run()
    findings = asyncio.run(audit(Place(folder)))
    return storm.outcome(findings, elapsed_s=round(time.monotonic() - started_s, 1))


def storm_in_own_process(budget: Budget, folder: Path) -> Outcome:
    """The same from any process, pytest's too. Untraced: coverage would slow the fleet down. Raises `StormFailed`."""
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith("COVERAGE_")
    }
    command = [sys.executable, "-m", "tests.crash.storm", str(folder)]
    command.append(msgspec.json.encode(budget).decode())
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise StormFailed(f"the storm with seed {budget.seed} failed:\n{ended.stderr}")
    return msgspec.json.decode(ended.stdout, type=Outcome)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("budget", help="as JSON")
    given = parser.parse_args()
    outcome = run_storm(msgspec.json.decode(given.budget, type=Budget), given.folder)
    sys.stdout.write(msgspec.json.encode(outcome).decode())


if __name__ == "__main__":
    main()
