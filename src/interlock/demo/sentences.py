"""Sentences of a document: prose by its marks, lists and tables by their lines, in one linear pass."""

import re
from collections.abc import Iterator
from typing import Final

# A longer stretch without an end is a table or a dump; it is cut so that no quote swallows a page.
SENTENCE_CHARS_MAX: Final = 400

# A shorter line was not wrapped by an editor: its end is meant.
WRAPPED_LINE_CHARS_MIN: Final = 60

# A dot behind a single letter or a one or two digit number (1. March, e. g.) ends nothing.
_END: Final = re.compile(
    r"(?:(?<=\d{4})\.|(?<![\s.(][A-Za-z\d])(?<!\d\d)\.|[!?])['\"”»)]?[ \t]*(?=\n|[ \t][^a-z0-9])|\n"
)
_LIST_MARK: Final = re.compile(r"[ \t]*(?:[-*•#>|§\[\d]|$)", re.MULTILINE)
_BULLET: Final = re.compile(r"^[ \t]*(?:[-*•#>|]{1,6}|\d{1,2}[.)])(?:[ \t]+\[[ x]\])?[ \t]+")


def split_sentences(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence; blank ones are left out."""
    start = line_start = 0
    for match in _END.finditer(text):
        end = match.end()
        if match[0] == "\n":
            is_wrapped = match.start() - line_start >= WRAPPED_LINE_CHARS_MIN
            line_start = end
            is_row = "\t" in text[start:end]
            if is_wrapped and not is_row and not _LIST_MARK.match(text, end):
                continue
        yield from _cut(text, start, end)
        start = end
    yield from _cut(text, start, len(text))


def tidy_sentence(sentence: str) -> str:
    """One line, without list marks and emphasis."""
    return " ".join(_BULLET.sub("", sentence).replace("**", "").split())


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = min(end, start + SENTENCE_CHARS_MAX)
        if stop < end:
            blank = max(text.rfind(" ", start, stop), text.rfind("\n", start, stop))
            stop = blank + 1 if blank > start else stop
        if text[start:stop].strip():
            yield start, stop
        start = stop
