"""The visible text of an HTML page, in one linear pass: scripts, styles and comments are dropped, never run."""

import html
import re
from typing import Final

# `<` inside a tag ends the candidate, which keeps the scan linear on hostile input.
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})([^<>]{0,4000})>|<[!?][^<>]{0,4000}>")

_SILENT: Final = frozenset(
    ("script", "style", "template", "noscript", "iframe", "object", "svg", "textarea", "select")
)
_BLOCKS: Final = frozenset(
    "address article aside blockquote br dd div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr li main"
    " nav ol p pre section table title tr ul".split()
)
_CELLS: Final = frozenset(("td", "th"))

_BLANK_RUN: Final = re.compile(r"[ \u00a0]{2,}")
_LINE_RUN: Final = re.compile(r"\n{3,}")


def html_to_text(page: str) -> str:
    """Keeps reading order: blocks become lines, table cells are parted by tabs."""
    pieces: list[str] = []
    position = 0
    while (start := page.find("<", position)) != -1:
        pieces.append(_flat(page[position:start]))
        if page.startswith("<!--", start):
            end = page.find("-->", start + 4)
            if end == -1:
                return _tidy(pieces)
            position = end + 3
            continue
        match = _TAG.match(page, start)
        if match is None:
            pieces.append("<")
            position = start + 1
            continue
        position = match.end()
        name = (match[2] or "").lower()
        if name in _SILENT and not match[1] and not match[3].endswith("/"):
            position = _after_silent(page, position, name)
        elif name in _BLOCKS:
            pieces.append("\n")
        elif name in _CELLS and match[1]:
            pieces.append("\t")
    pieces.append(_flat(page[position:]))
    return _tidy(pieces)


def _after_silent(page: str, position: int, name: str) -> int:
    end = re.compile(rf"</{name}[^<>]{{0,100}}>", re.IGNORECASE).search(page, position)
    return end.end() if end else len(page)


def _flat(text: str) -> str:
    return html.unescape(text.replace("\n", " ").replace("\t", " "))


def _tidy(pieces: list[str]) -> str:
    text = _BLANK_RUN.sub(" ", "".join(pieces))
    lines = (line.strip(" \t\u00a0") for line in text.split("\n"))
    return _LINE_RUN.sub("\n\n", "\n".join(lines)).strip("\n")
