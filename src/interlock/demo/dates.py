"""Dates as ISO 8601, however they are written; a guess between day and month is told as one."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec

# A document of this fleet is neither older nor newer; other numbers are no years.
YEAR_MIN: Final = 1900
YEAR_MAX: Final = 2100

_MONTHS: Final[dict[str, int]] = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner janvier janv",
            "february feb februar février fevrier févr",
            "march mar märz maerz mär mars",
            "april apr avril avr",
            "may mai",
            "june jun juni juin",
            "july jul juli juillet juil",
            "august aug août aout",
            "september sep sept septembre",
            "october oct oktober okt octobre",
            "november nov novembre",
            "december dec dezember dez décembre decembre déc",
        ),
        start=1,
    )
    for name in names.split()
}

_NAMES: Final = "|".join(sorted(_MONTHS, key=len, reverse=True))

_DATE: Final = re.compile(
    # The look at the first sign keeps the pass over a huge text short.
    r"(?<![\w./-])(?=[\djJfFmMaAsSoOnNdD])(?:"
    r"(?P<iso_year>\d{4})(?P<iso_mark>[-/.])(?P<iso_month>\d{1,2})(?P=iso_mark)(?P<iso_day>\d{1,2})"
    r"|(?P<first>\d{1,2})(?P<mark>[./-])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})"
    rf"|(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|\.)?[ \u00a0/-]{{1,2}}"
    rf"(?P<name>{_NAMES})\.?,?[ \u00a0/-]{{1,2}}"
    r"(?P<name_year>\d{4})"
    rf"|(?P<name2>{_NAMES})\.? (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<name_year2>\d{{4}})"
    r")(?![\d]|[./-]\d)",
    re.IGNORECASE,
)


class FoundDate(msgspec.Struct, frozen=True):
    """`iso` is the date as YYYY-MM-DD, `raw` as written; `note` is empty unless something was guessed."""

    iso: str
    raw: str
    start: int
    note: str = ""


def find_dates(text: str, *, day_first: bool | None) -> Iterator[FoundDate]:
    """Every possible date, in reading order. `day_first` decides 03/04/2026; None reads it day first, and says so.

    Days that no calendar has (31.02.) are left out.
    """
    for match in _DATE.finditer(text):
        found = _numeric(match, day_first) if match["mark"] else _certain(match)
        if found is not None:
            day, note = found
            yield FoundDate(iso=day.isoformat(), raw=match[0], start=match.start(), note=note)


def _certain(match: re.Match[str]) -> tuple[date, str] | None:
    if match["iso_year"]:
        day = _date(match["iso_year"], int(match["iso_month"]), match["iso_day"])
    else:
        month = _MONTHS[(match["name"] or match["name2"]).lower()]
        year, number = match["name_year"] or match["name_year2"], match["day"] or match["day2"]
        day = _date(year, month, number)
    return None if day is None else (day, "")


def _numeric(match: re.Match[str], day_first: bool | None) -> tuple[date, str] | None:
    first, second = int(match["first"]), int(match["second"])
    year, notes = match["year"], []
    if len(year) == 2:
        year = f"20{year}"
        notes.append("two-digit year read as 20xx")
    is_day_first = True
    if match["mark"] != "." and first <= 12 and second <= 12 and first != second:
        is_day_first = day_first is not False
        order = "day first" if is_day_first else "month first"
        reason = "by the document's locale" if day_first is not None else "by default, undecided"
        notes.append(f"ambiguous, read {order} {reason}")
    elif match["mark"] != "." and first <= 12 < second:
        is_day_first = False
    number, month = (first, second) if is_day_first else (second, first)
    day = _date(year, month, str(number))
    return None if day is None else (day, "; ".join(notes))


def _date(year: str, month: int, day: str) -> date | None:
    if not YEAR_MIN <= int(year) <= YEAR_MAX:
        return None
    try:
        return date(int(year), month, int(day))
    except ValueError:
        return None
