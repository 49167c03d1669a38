"""Finding the app that a command line names."""

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from interlock.kernel.errors import InterlockError
from interlock.worker.app import App


class BadTarget(InterlockError):
    """The target names no app: `module:name` or `file.py:name`, an `App` or a function that makes one."""


def load_app(target: str, *, arguments: Sequence[str] = ()) -> App:
    """The app that `target` names; a function is called with `arguments`. Raises `BadTarget`."""
    place, _, name = target.partition(":")
    if not place or not name:
        raise BadTarget(f"{target!r} is not module:name or file.py:name")
    if place.endswith(".py"):
        path = Path(place).resolve()
        folder, place = str(path.parent), path.stem
    else:
        folder = str(Path.cwd())
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        found = getattr(importlib.import_module(place), name)
    except (ModuleNotFoundError, AttributeError) as error:
        raise BadTarget(f"{target}: {error}") from error
    if callable(found):
        found = found(*arguments)
    elif arguments:
        raise BadTarget(f"{target} is no function: it takes no arguments")
    if not isinstance(found, App):
        raise BadTarget(f"{target} is a {type(found).__name__}, not an App")
    return found
