"""Sentences in a document that talk to the agents instead of to people.

They are quoted, kept out of all fields, and never obeyed.
"""

import re
from typing import Final

import msgspec

from interlock.demo.sentences import SENTENCE_CHARS_MAX, split_sentences, tidy_sentence

# A document that needs more quotes is hostile through and through.
QUOTES_MAX: Final = 20
QUOTE_CHARS_MAX: Final = 240

# Sentences after an open attack in which an order for money or data counts as part of it.
REACH_CHARS: Final = 1_200

# The look at the first sign keeps the pass over a huge text short.
_ATTACKS: Final = re.compile(
    r"(?<!\w)(?=[iIdDfFoObBvVmMyYsSlLaAnN<\[])(?:"
    r"(?:ignore|disregard|forget|override|bypass)[ \n](?:\w{1,12}[ \n]){0,4}"
    r"(?:instructions?|prompts?|rules|guidelines|directives)\b"
    r"|(?:ignoriere(?:n sie)?|vergiss|missachte)[ \n](?:\w{1,14}[ \n]){0,4}"
    r"(?:anweisung|anweisungen|regeln|vorgaben)\b"
    r"|(?:ignore[zr]?|oublie[zr]?)[ \n](?:\w{1,14}[ \n]){0,4}(?:instructions|consignes|règles)\b"
    r"|you are now (?:an?|the|in)\b|(?:system|developer) prompt\b|<\|im_start\|>|<<SYS>>|\[INST\]"
    r"|(?<![^\n])(?:system (?:override|message)[ \t]*[:\n]|assistant[ \t]?:)"
    r"|(?:note|message|attention|instructions?)[ \n](?:to|for)[ \n](?:\w{1,12}[ \n]){0,2}"
    r"(?:ai|llm|language models?|automated)\b"
    r"|(?:ai|llm) (?:agents?|assistants?|models?)[ \n](?:reading|processing|must|should)\b)",
    re.IGNORECASE,
)

_ORDERS: Final = re.compile(
    r"\b(?:mark|set|treat|classify|approve|file)[ \n](?:\w{1,12}[ \n]){0,5}as[ \n]"
    r"|\b(?:send|forward|transfer|wire|pay|upload|post|e-?mail)\b[^.\n]{0,120}(?:\bto\b|@)"
    r"|\b(?:delete|erase|reveal|execute|run|call)[ \n](?:the|all|any|this|your|every)\b"
    r"|\bdo not (?:tell|mention|report|log|quote)\b"
    r"|\b(?:überweis\w{0,6}|sende\w{0,2}|markiere\w{0,2}|lösche\w{0,2})\b"
    r"|\b(?:envoie\w{0,2}|virez|marque[rz]?|supprime[rz]?)\b",
    re.IGNORECASE,
)


class Suspicion(msgspec.Struct, frozen=True):
    """`quotes` are the suspected sentences as written; `rest` is the text with them blanked out, same length."""

    quotes: tuple[str, ...]
    rest: str


def suspect_instructions(text: str) -> Suspicion:
    """Finds attempts to steer the agents.

    Orders alone are everyday business; near an open attack they are part of it.
    """
    attacks = [match.start() for match in _ATTACKS.finditer(text)][:1_000]
    if not attacks:
        return Suspicion(quotes=(), rest=text)
    first, last = attacks[0], attacks[-1] + REACH_CHARS
    # Only the stretch around the attacks is looked at sentence by sentence.
    origin = max(0, text.rfind("\n\n", 0, first), first - SENTENCE_CHARS_MAX)
    quotes: list[str] = []
    pieces = [text[:origin]]
    done = origin
    for start, end in split_sentences(text[origin:last]):
        sentence = text[origin + start : origin + end]
        if _ATTACKS.search(sentence) or _ORDERS.search(sentence):
            pieces.append(text[done : origin + start])
            pieces.append(_blanked(sentence))
            done = origin + end
            quotes.append(tidy_sentence(sentence)[:QUOTE_CHARS_MAX])
    pieces.append(text[done:])
    return Suspicion(quotes=tuple(quotes[:QUOTES_MAX]), rest="".join(pieces))


def _blanked(sentence: str) -> str:
    return "".join("\n" if char == "\n" else " " for char in sentence)
