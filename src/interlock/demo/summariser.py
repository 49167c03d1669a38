"""The summariser's work: the sentences that carry most of a document's own words, in their order."""

import math
import re
from collections import Counter
from typing import Final

import msgspec

from interlock.demo.document_locale import STOP_WORDS, Language, find_language
from interlock.demo.sentences import split_sentences, tidy_sentence

# A summary is read at a glance.
SENTENCES_MAX: Final = 3
SENTENCE_CHARS_MAX: Final = 240

# The beginning of a document says what it is about; of a huge one the rest only repeats it.
CONSIDERED_CHARS_MAX: Final = 100_000
CONSIDERED_SENTENCES_MAX: Final = 800

# Shorter stretches are headings, greetings and cells.
WORDS_MIN: Final = 4

_WORD: Final = re.compile(r"[^\W\d_]{3,30}")
_MAIL_HEADER: Final = re.compile(r"^(?:From|To|Cc|Date): ")
_ALL_STOP_WORDS: Final = frozenset().union(*STOP_WORDS.values())


class Summary(msgspec.Struct, frozen=True):
    """`is_cut` tells that the document is longer than what was considered."""

    sentences: tuple[str, ...]
    language: Language
    is_cut: bool = False


def summarise(text: str) -> Summary:
    """Scores each sentence by how frequent its words are and how early it stands. Same text, same summary.

    Raises `ValueError` when there is no sentence to choose from (a list of figures): a lower tier fits better.
    """
    considered = text[:CONSIDERED_CHARS_MAX]
    sentences = _sentences(considered)
    if not sentences:
        raise ValueError("no sentence long enough to choose from")
    words = [[w for w in _words(sentence) if w not in _ALL_STOP_WORDS] for sentence in sentences]
    frequency = Counter(word for found in words for word in set(found))
    scores = {
        index: _score(found, frequency, index, len(sentences)) for index, found in enumerate(words)
    }
    best = sorted(scores, key=lambda index: (-scores[index], index))
    chosen: dict[str, int] = {}
    for index in best:
        chosen.setdefault(sentences[index], index)
        if len(chosen) == SENTENCES_MAX:
            break
    ordered = sorted(chosen, key=lambda sentence: chosen[sentence])
    return Summary(
        sentences=tuple(sentence[:SENTENCE_CHARS_MAX] for sentence in ordered),
        language=find_language(considered),
        is_cut=len(text) > CONSIDERED_CHARS_MAX,
    )


def first_lines(text: str) -> Summary:
    """The lower tier: the first lines that show anything. Raises `ValueError` when none does."""
    considered = text[:CONSIDERED_CHARS_MAX]
    lines: list[str] = []
    for line in considered.split("\n", 1_000)[:1_000]:
        tidy = tidy_sentence(line[: SENTENCE_CHARS_MAX * 2])
        if tidy:
            lines.append(tidy[:SENTENCE_CHARS_MAX])
        if len(lines) == SENTENCES_MAX:
            break
    if not lines:
        raise ValueError("no visible line")
    return Summary(tuple(lines), find_language(considered), len(text) > CONSIDERED_CHARS_MAX)


def _sentences(text: str) -> list[str]:
    found: list[str] = []
    for start, end in split_sentences(text):
        sentence = tidy_sentence(text[start:end])
        if len(_words(sentence)) >= WORDS_MIN and not _MAIL_HEADER.match(sentence):
            found.append(sentence)
        if len(found) == CONSIDERED_SENTENCES_MAX:
            break
    return found


def _words(sentence: str) -> list[str]:
    return [match[0].lower() for match in _WORD.finditer(sentence)]


def _score(words: list[str], frequency: Counter[str], index: int, count: int) -> float:
    if not words:
        return 0.0
    # The square root lets a long sentence win only by what it says, not by its length.
    weight = sum(frequency[word] for word in set(words)) / math.sqrt(len(words))
    position = 1.3 - 0.3 * index / max(1, count - 1)
    return round(weight * position, 6)
