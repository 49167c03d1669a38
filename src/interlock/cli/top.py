"""`interlock top`: the fleet, live in the terminal."""

import asyncio
import contextlib
import os
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import msgspec
from rich.live import Live

from interlock import plane
from interlock.cli.fleet_view import fleet_view
from interlock.cli.group import Unusable
from interlock.cli.inert import inert
from interlock.cli.ledger import json_option
from interlock.cli.screen import console, print_json
from interlock.client.failure import CannotConnect
from interlock.kernel.errors import Refused
from interlock.kernel.fleet import Fleet

HOME_URL: Final = "http://127.0.0.1:7470"
"""Where `interlock up` listens unless it is told otherwise."""

SILENT_S: Final = 3.0
"""After so long without an answer the screen says so; the call goes on."""

LINES_OF_A_PIPE: Final = 200
"""How much is shown where there is no screen."""


@click.command()
@click.option("--url", envvar="INTERLOCK_URL", help=f"The server.  [default: {HOME_URL}]")
@click.option("--key", envvar="INTERLOCK_KEY", default="", help="The key for it.")
@click.option("--store", type=click.Path(path_type=Path), help="A ledger that is open here.")
@click.option("--every-s", type=click.FloatRange(min=0.2, max=60), default=1.0, show_default=True)
@click.option("--once", is_flag=True, help="Print the screen once.")
@json_option
def top(
    url: str | None, key: str, store: Path | None, every_s: float, once: bool, as_json: bool
) -> None:
    """Watch the fleet: queues, agents, throughput and failures. Press q to leave.

    It looks at a server (--url and --key, or INTERLOCK_URL and INTERLOCK_KEY), or at a ledger that another process of
    this machine has open (--store). Without a terminal, and with --json, it prints one snapshot.
    """
    address = str(store) if store is not None else url or HOME_URL
    is_live = not (once or as_json) and console().is_terminal and sys.stdin.isatty()
    try:
        if is_live:
            asyncio.run(_watch(address, key if store is None else "", every_s))
            return
        fleet = asyncio.run(_snapshot(address, key if store is None else ""))
    except (CannotConnect, Refused) as error:
        raise Unusable(inert(str(error))) from error
    if as_json:
        found: dict[str, Any] = msgspec.to_builtins(fleet)
        print_json({name: value for name, value in found.items() if name != "type"})
    else:
        out = console()
        out.print(fleet_view(fleet, height=LINES_OF_A_PIPE, fills=out.is_terminal))


async def _snapshot(address: str, key: str) -> Fleet:
    async with plane.connect(address, key=key) as found:
        return await found.get_fleet()


async def _watch(address: str, key: str, every_s: float) -> None:
    async with plane.connect(address, key=key) as found:
        screen = Screen(found, every_s=every_s)
        with screen.drawing():
            await screen.run()


class Screen:
    """Draws what the last answer said. A key press or a new size draws at once."""

    def __init__(self, found: plane.Plane, *, every_s: float) -> None:
        self._plane = found
        self._every_s = every_s
        self._out = console()
        self._live = Live(console=self._out, screen=True, auto_refresh=False)
        self._left = asyncio.Event()
        self._fleet = Fleet(now_us=0, head=0)
        self._rate: float | None = None
        self._note = "waiting for the first answer"

    @contextlib.contextmanager
    def drawing(self) -> Iterator[None]:
        """Takes the terminal, and gives it back as it was."""
        loop = asyncio.get_running_loop()
        number = sys.stdin.fileno()
        before = termios.tcgetattr(number)
        try:
            tty.setcbreak(number)
            loop.add_reader(number, self._read_key, number)
            loop.add_signal_handler(signal.SIGWINCH, self._draw)
            loop.add_signal_handler(signal.SIGTERM, self._left.set)
            with self._live:
                yield
        finally:
            loop.remove_reader(number)
            loop.remove_signal_handler(signal.SIGWINCH)
            loop.remove_signal_handler(signal.SIGTERM)
            termios.tcsetattr(number, termios.TCSADRAIN, before)

    async def run(self) -> None:
        """Asks again and again, until q is pressed."""
        asking = asyncio.ensure_future(self._ask())
        leaving = asyncio.ensure_future(self._left.wait())
        try:
            await asyncio.wait({asking, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asking

    async def _ask(self) -> None:
        while True:
            asking = asyncio.ensure_future(self._plane.get_fleet())
            try:
                while not (await asyncio.wait({asking}, timeout=SILENT_S))[0]:
                    self._note = "no answer: trying again"
                    self._draw()
            finally:
                if not asking.done():
                    asking.cancel()
            self._take(await asking)
            self._draw()
            await asyncio.sleep(self._every_s)

    def _take(self, fleet: Fleet) -> None:
        passed_us = fleet.now_us - self._fleet.now_us
        if self._fleet.now_us and passed_us > 0:
            self._rate = (fleet.head - self._fleet.head) / (passed_us / 1_000_000)
        self._fleet = fleet
        self._note = ""

    def _draw(self) -> None:
        view = fleet_view(
            self._fleet, height=self._out.size.height, rate=self._rate, note=self._note
        )
        self._live.update(view, refresh=True)

    def _read_key(self, number: int) -> None:
        pressed = os.read(number, 64)
        if not pressed or b"q" in pressed.lower():
            self._left.set()
