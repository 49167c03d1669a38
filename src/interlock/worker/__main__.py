"""`python -m interlock.worker TARGET --connect ADDRESS`: a worker process, or a pool of them.

The key for a server's URL is taken from the environment variable INTERLOCK_KEY.
"""

import argparse
import os
import sys

from interlock.plane import is_url
from interlock.worker.pool import KEY_VARIABLE, KILL_AFTER_S, RESTARTS_PER_MINUTE
from interlock.worker.serve import Order, main


def parse(arguments: list[str]) -> Order:
    """The order that a command line gives."""
    parser = argparse.ArgumentParser(
        prog="python -m interlock.worker", description="Runs the handlers of an app."
    )
    parser.add_argument(
        "target", help="module:app or file.py:app; a function is called with ARGUMENTS"
    )
    parser.add_argument("arguments", nargs="*", help="for a target that is a function")
    parser.add_argument("--connect", required=True, help="the ledger, or a server's URL")
    parser.add_argument("--processes", type=int, default=1, help="more than one are supervised")
    parser.add_argument("--log", choices=("plain", "json", "none"), default="plain")
    parser.add_argument("--kill-after-s", type=float, default=KILL_AFTER_S)
    parser.add_argument("--restarts-per-minute", type=int, default=RESTARTS_PER_MINUTE)
    parser.add_argument("--session", default="", help=argparse.SUPPRESS)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    found = vars(parser.parse_args(arguments))
    key = os.environ.get(KEY_VARIABLE, "") if is_url(found["connect"]) else ""
    return Order(is_child=found.pop("child"), key=key, **found)


if __name__ == "__main__":
    sys.exit(main(parse(sys.argv[1:])))
