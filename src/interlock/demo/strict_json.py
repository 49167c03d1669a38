"""JSON as a document: refused where two readers could see two meanings, else told as `path: value` lines."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from interlock.demo.unreadable import Unreadable

# Deeper than any order or invoice; a nesting bomb is far over it.
DEPTH_MAX: Final = 64

# Lines of told text; more than this is an export, whose beginning tells what it is.
LINES_MAX: Final = 50_000

Json = str | bool | None | list["Json"] | dict[str, "Json"]

_BRACKET_OR_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]')


def json_to_text(text: str, *, path: Path) -> tuple[str, tuple[str, ...]]:
    """Gives the told text and its warnings.

    Raises `Unreadable` for duplicate keys, NaN or Infinity and nesting bombs, and `ValueError` for what is
    no JSON at all (the caller may still read it as plain text).
    """
    _refuse_bombs(text, path)

    def pairs(items: list[tuple[str, Json]]) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for key, value in items:
            if key in found:
                detail = f"the key {key[:60]!r} stands twice in one object"
                raise Unreadable("duplicate_keys", path=path, detail=detail)
            found[key] = value
        return found

    def constant(name: str) -> Json:
        raise Unreadable("non_finite_number", path=path, detail=f"{name} is no JSON number")

    # Numbers stay as they are written: a float would lose cents, and a huge integer time.
    value: Json = json.loads(
        text, object_pairs_hook=pairs, parse_constant=constant, parse_int=str, parse_float=str
    )
    lines: list[str] = []
    for line in _told(value, ""):
        if len(lines) == LINES_MAX:
            return "\n".join(lines), (f"only the first {LINES_MAX} values were read",)
        lines.append(line)
    return "\n".join(lines), ()


def _refuse_bombs(text: str, path: Path) -> None:
    depth = 0
    for match in _BRACKET_OR_STRING.finditer(text):
        if match[0] in ("[", "{"):
            depth += 1
        elif match[0] in ("]", "}"):
            depth -= 1
        if depth > DEPTH_MAX:
            detail = f"nested deeper than {DEPTH_MAX} levels"
            raise Unreadable("too_deep", path=path, detail=detail)


def _told(value: Json, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _told(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for number, inner in enumerate(value, start=1):
            yield from _told(inner, f"{name}.{number}" if name else str(number))
    else:
        told = "" if value is None else str(value).lower() if isinstance(value, bool) else value
        yield f"{name.replace('_', ' ')}: {told}"
