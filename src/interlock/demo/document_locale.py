"""Which language a document speaks, and in which order it most likely writes day and month."""

import re
from typing import Final, Literal

import msgspec

Language = Literal["en", "de", "fr", "unknown"]

# The beginning of a document speaks its language; reading more changes no verdict.
SNIFF_CHARS: Final = 20_000

# Fewer known words than this (a table of figures) speak no language.
WORDS_MIN: Final = 3

STOP_WORDS: Final[dict[Language, frozenset[str]]] = {
    "en": frozenset(
        "the a an and or of to in is are was were be been for on with as at by from this that it its we you"
        " your our us they he she his her their will would can could should may must not no if has have had do"
        " does please which who what when where there then than but all any about into after before only"
        " also more dear regards".split()
    ),
    "de": frozenset(
        "der die das den dem des ein eine einen einem einer eines und oder von zu zum zur im in ist sind war"
        " waren wird werden für auf mit als bei aus dieser diese dieses es wir sie ihr ihre ihren ihnen unser"
        " unsere uns nicht kein keine wenn hat haben nach vor nur auch mehr bitte sehr geehrte geehrter damen"
        " herren mfg über durch bis um am an dass sich".split()
    ),
    "fr": frozenset(
        "le la les un une des du de et ou au aux en dans est sont était pour sur avec par ce cette ces il elle"
        " nous vous votre vos notre nos ils elles ne pas plus que qui quoi si a ont être avoir avant après"
        " seulement aussi merci madame monsieur cordialement se son sa ses leur".split()
    ),
}

_WORD: Final = re.compile(r"[^\W\d_]{1,30}")

# Marks of countries that write the month first, and of English-speaking ones that write the day first.
_MONTH_FIRST: Final = re.compile(
    r"US\$|\bUSD\b|\$\s?\d|\bInc\.|\bLLC\b|\bU\.S\.|\b[A-Z]{2} \d{5}\b|\bZIP\b|\bsales tax\b"
)
_DAY_FIRST: Final = re.compile(r"£|\bGBP\b|\bLtd\b|\bplc\b|\bVAT\b|€|\bEUR\b|\bCHF\b")


class DocumentLocale(msgspec.Struct, frozen=True):
    """`day_first` is None when nothing in the document decides; `reason` says what did."""

    language: Language
    day_first: bool | None
    reason: str


def find_locale(text: str) -> DocumentLocale:
    head = text[:SNIFF_CHARS]
    language = find_language(head)
    if language in ("de", "fr"):
        return DocumentLocale(language, True, f"the document speaks {language}")
    month_first, day_first = len(_MONTH_FIRST.findall(head)), len(_DAY_FIRST.findall(head))
    if month_first > day_first:
        return DocumentLocale(language, False, "dollars or other American marks")
    if day_first > month_first:
        return DocumentLocale(language, True, "pounds, euros or other European marks")
    return DocumentLocale(language, None, "no mark of a country")


def find_language(text: str) -> Language:
    """The language whose small words are most frequent at the beginning of `text`."""
    words = [match[0].lower() for match in _WORD.finditer(text[:SNIFF_CHARS])]
    counts = {language: sum(w in known for w in words) for language, known in STOP_WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] >= WORDS_MIN else "unknown"
