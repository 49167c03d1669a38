"""Runs one function in a process that did nothing before, so that its memory tells the truth."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import ParamSpec, TypeVar

ParametersT = ParamSpec("ParametersT")
AnswerT = TypeVar("AnswerT")


def in_fresh_process(
    function: Callable[ParametersT, AnswerT],
    *arguments: ParametersT.args,
    **named: ParametersT.kwargs,
) -> AnswerT:
    """Returns or raises what the function does; it must be importable by name."""
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawning) as pool:
        return pool.submit(function, *arguments, **named).result()
