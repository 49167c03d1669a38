"""International bank account numbers: found with their blanks, judged by country length and checksum.

Lengths and the mod-97 checksum follow ISO 13616 and ISO 7064.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

# Characters of a whole number, by country.
LENGTHS: Final[dict[str, int]] = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ DJ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}

# The longest number that ISO 13616 allows.
CHARS_MAX: Final = 34

# Shorter runs (tax numbers, part numbers) are only called wrong when the document calls them an IBAN.
UNLABELLED_CHARS_MIN: Final = 15

_START: Final = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?=[ \u00a0-]?[A-Z0-9])")
_LABEL: Final = re.compile(r"iban\W{0,4}$", re.IGNORECASE)
_BLANKS: Final = " \u00a0-"
_GROUPS: Final = re.compile(r"(?:[ \u00a0-]?(?=[A-Z]{0,34}\d)[A-Z0-9]{1,34}(?![A-Za-z0-9])){1,12}")


class Iban(msgspec.Struct, frozen=True):
    """`iban` is written without blanks; `fault` is empty for a valid one."""

    iban: str
    country: str
    fault: str
    start: int

    @property
    def is_valid(self) -> bool:
        return not self.fault


def find_ibans(text: str) -> Iterator[Iban]:
    """Valid and broken numbers in reading order. What does not look like an account number at all is left out."""
    for match in _START.finditer(text):
        found = _judge(text, match.start())
        if found is not None:
            yield found


def has_valid_checksum(iban: str) -> bool:
    """The mod-97 rule over a number without blanks."""
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def _judge(text: str, start: int) -> Iban | None:
    country = text[start : start + 2]
    is_labelled = _LABEL.search(text[max(0, start - 12) : start]) is not None
    length = LENGTHS.get(country)
    if length is None:
        fault = f"no country {country} in the registry"
        return Iban(_as_written(text, start), country, fault, start) if is_labelled else None
    compact, ends_cleanly = _take(text, start, length)
    if len(compact) < length or not ends_cleanly:
        if not is_labelled and (len(compact) < UNLABELLED_CHARS_MIN or not ends_cleanly):
            return None
        fault = f"wrong length, {country} has {length} characters"
        return Iban(_as_written(text, start), country, fault, start)
    fault = "" if has_valid_checksum(compact) else "wrong checksum"
    # A run of capital words can have the right length; without a checksum it is only a number when it says so.
    if fault and not is_labelled and sum(char.isdigit() for char in compact) < length // 2:
        return None
    return Iban(compact, country, fault, start)


def _take(text: str, start: int, length: int) -> tuple[str, bool]:
    """Up to `length` letters and digits, single blanks skipped, and whether the number ends there."""
    taken: list[str] = []
    position = start
    while position < len(text) and len(taken) < length:
        char = text[position]
        if char.isascii() and (char.isdigit() or char.isupper()):
            taken.append(char)
        elif char not in _BLANKS or text[position - 1] in _BLANKS:
            break
        position += 1
    following = text[position : position + 1]
    return "".join(taken), not (following.isascii() and following.isalnum())


def _as_written(text: str, start: int) -> str:
    """A number of unknown length: its groups that hold digits, up to the longest there can be."""
    match = _GROUPS.match(text, start)
    written = match[0] if match else text[start : start + 4]
    return re.sub(rf"[{_BLANKS}]", "", written)[:CHARS_MAX]
