"""Runs agents: an app's handlers work off the tasks, messages and events of a plane.

Handlers run beside the plane's loop, so that none of them can stop a heartbeat. Every write of a handler carries
its claim's fence. Nothing is claimed ahead, and nothing that was claimed is left behind by a drain.
"""

from interlock.kernel.task.claim import Claim as Task
from interlock.worker.app import App
from interlock.worker.attempt import Handler
from interlock.worker.context import Context
from interlock.worker.desk import Desk
from interlock.worker.failure import (
    Cancelled,
    Dependency,
    Fail,
    HandlerStuck,
    NoAnswer,
    Permanent,
    Policy,
    PoolExhausted,
    Transient,
)
from interlock.worker.pool import ProcessPool
from interlock.worker.worker import Worker

__all__ = [
    "App",
    "Cancelled",
    "Context",
    "Dependency",
    "Desk",
    "Fail",
    "Handler",
    "HandlerStuck",
    "NoAnswer",
    "Permanent",
    "Policy",
    "PoolExhausted",
    "ProcessPool",
    "Task",
    "Transient",
    "Worker",
]
