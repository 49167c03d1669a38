"""Lifecycles driven from several client processes at once, against one owner."""

from __future__ import annotations

import asyncio
import importlib
import multiprocessing
import traceback
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import TypeAlias, cast

import msgspec

from bench.harness.lifecycles import LoopResult, lifecycles, merged
from bench.harness.task_plane import TaskPlane

CONNECT_S_MAX = 30.0
FINISH_S_MAX = 90.0

Connect: TypeAlias = Callable[[str], AbstractAsyncContextManager[TaskPlane]]
"""From an address to a connected plane that is closed at the end."""


class ClientOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What one client process does. `connect` is `module:function`, a `Connect`."""

    connect: str
    address: str
    agents: int
    duration_s: float
    prefix: str


async def lifecycles_from_clients(
    *, connect: str, address: str, processes: int, agents: int, duration_s: float
) -> LoopResult:
    """Spreads `agents` over `processes`, lets all begin together once every one is connected.

    RuntimeError with the client's traceback if one fails.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(processes)
    pipes: list[Connection] = []
    for index in range(processes):
        receiving, sending = context.Pipe(duplex=False)
        share = agents // processes + (index < agents % processes)
        order = ClientOrder(
            connect=connect,
            address=address,
            agents=share,
            duration_s=duration_s,
            prefix=f"client-{index}",
        )
        context.Process(target=_run_client, args=(order, barrier, sending), daemon=True).start()
        sending.close()
        pipes.append(receiving)
    # The owner serves its clients on this loop meanwhile: waiting for them must not block it.
    answers = await asyncio.gather(*(asyncio.to_thread(_answer, pipe) for pipe in pipes))
    return merged(answers)


def _answer(pipe: Connection) -> LoopResult:
    if not pipe.poll(CONNECT_S_MAX + FINISH_S_MAX):
        raise RuntimeError("a client process did not answer in time")
    try:
        error, encoded = cast("tuple[str, bytes]", pipe.recv())
    except EOFError:
        raise RuntimeError("a client process died without an answer") from None
    if error:
        raise RuntimeError(f"a client process failed:\n{error}")
    return msgspec.msgpack.decode(encoded, type=LoopResult)


def _run_client(order: ClientOrder, barrier: Barrier, pipe: Connection) -> None:
    try:
        result = asyncio.run(_connected_lifecycles(order, barrier))
    except BaseException:
        barrier.abort()
        pipe.send((traceback.format_exc(), b""))
        raise
    pipe.send(("", msgspec.msgpack.encode(result)))


async def _connected_lifecycles(order: ClientOrder, barrier: Barrier) -> LoopResult:
    module_name, _, function_name = order.connect.partition(":")
    connect: Connect = getattr(importlib.import_module(module_name), function_name)
    async with connect(order.address) as plane:
        await asyncio.to_thread(barrier.wait, CONNECT_S_MAX)
        return await lifecycles(
            plane, agents=order.agents, duration_s=order.duration_s, prefix=order.prefix
        )
