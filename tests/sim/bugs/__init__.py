"""Bugs planted on purpose: a simulator that lets one of them live is broken.

Each names the kind of world in which it shows, and the promises of which it may break the first.
"""

from tests.sim.bugs import claims, commits, keys, letters, order, restarts
from tests.sim.bugs.bug import Bug

BUGS: dict[str, Bug] = {
    bug.name: bug
    for module in (claims, commits, keys, letters, order, restarts)
    for bug in module.BUGS
}
