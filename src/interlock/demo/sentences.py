"""Sentences of a document, by their ends and by lines, in one linear pass."""

import re
from collections.abc import Iterator
from typing import Final

# A longer stretch without an end is a table or a dump; it is cut so that no quote swallows a page.
SENTENCE_CHARS_MAX: Final = 400

# An end is a mark, its quotes and a blank; a dot behind a digit or a single letter (1. March, e. g.) is none.
_END: Final = re.compile(r"(?<![\s.][A-Za-z\d])(?<!\d\d)[.!?]['\"”»)]?\s+|[!?]['\"”»)]?\s+|\n\s*\n")
_BULLET: Final = re.compile(r"^[ \t]*(?:[-*•#>]{1,6}|\d{1,2}[.)])[ \t]+")


def split_sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence; blank ones are left out."""
    start = 0
    for match in _END.finditer(text):
        yield from _cut(text, start, match.end())
        start = match.end()
    yield from _cut(text, start, len(text))


def tidy_sentence(sentence: str) -> str:
    """One line, without list marks."""
    return " ".join(_BULLET.sub("", sentence).split())


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = min(end, start + SENTENCE_CHARS_MAX)
        if stop < end:
            blank = max(text.rfind(" ", start, stop), text.rfind("\n", start, stop))
            stop = blank + 1 if blank > start else stop
        if text[start:stop].strip():
            yield start, stop
        start = stop
