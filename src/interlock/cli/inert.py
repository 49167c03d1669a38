"""Foreign text made harmless for a terminal.

Titles, names and payloads come from agents, and agents repeat what documents tell them: an escape sequence
or a text that runs backwards must show itself instead of acting.
"""

import re
from typing import Any, Final

import msgspec

CELL_CHARS_MAX: Final = 200
"""How much of one value is shown to people; `--json` shows all."""

_ACTIVE: Final = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


def inert(text: str) -> str:
    """The text with every character that would act, and not print, written as an escape."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def shown(value: Any) -> str:
    """A value in one short, harmless piece: text as it is, everything else as JSON."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    if len(text) > CELL_CHARS_MAX:
        text = text[: CELL_CHARS_MAX - 1] + "…"
    return inert(text)


def json_text(value: Any) -> str:
    """The value as one line of JSON in which no character acts on a terminal."""
    return inert_json(msgspec.json.encode(value).decode())


def inert_json(text: str) -> str:
    """The same JSON with the characters that act written as escapes; they can stand inside strings only."""
    return _ACTIVE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode()
