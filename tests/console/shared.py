"""One fleet and one window for the tests that touch only what is theirs."""

from dataclasses import dataclass

from tests.console.fleet import Fleet
from tests.console.watched import Watched


@dataclass(frozen=True)
class Shared:
    """Each test brings tasks and agents of its own, counts nothing, and leaves the server open."""

    console: Watched
    fleet: Fleet
