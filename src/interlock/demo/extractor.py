"""The extractor's work: the facts of a document as typed fields, by rules that can be read."""

import re
from itertools import islice
from typing import Final

import msgspec

from interlock.demo.addresses import find_addresses
from interlock.demo.dates import FoundDate, find_dates
from interlock.demo.document_locale import Language, find_locale
from interlock.demo.iban import find_ibans
from interlock.demo.instructions import suspect_instructions
from interlock.demo.money import Amount, find_amounts
from interlock.demo.parties import find_parties
from interlock.demo.references import Reference, find_references
from interlock.demo.totals import Totals, find_totals

# What one list of a result may hold: results travel as messages, and a dump is told by its beginning.
LIST_MAX: Final = 40

# Amounts looked at when the total is chosen; a year of card payments has fewer.
AMOUNTS_MAX: Final = 20_000

# The minimal tier looks at one page only.
MINIMAL_CHARS_MAX: Final = 4_000

_DUE: Final = re.compile(
    r"\b(?:due|pay(?:able)? by|payment by|zahlbar bis|fällig|zahlungsziel|échéance|(?:à|a) payer avant)\b",
    re.IGNORECASE,
)
_DATED: Final = re.compile(
    r"\b(?:invoice date|order date|statement date|date of issue|issued|dated|rechnungsdatum|bestelldatum|datum"
    r"|date d['’]émission|date de facture|date)\b",
    re.IGNORECASE,
)

_BORN: Final = re.compile(r"\b(?:geburtsdatum|geboren|born|date of birth|né|née)\b", re.IGNORECASE)


class InvalidIban(msgspec.Struct, frozen=True):
    iban: str
    fault: str


class Extraction(msgspec.Struct, frozen=True):
    """Lists hold at most `LIST_MAX` distinct entries in reading order; `amounts_count` counts all that were seen.

    `instructions_suspected` quotes sentences that try to steer the agents. No field was taken from them.
    `notes` tell every guess. Dates are ISO 8601, amounts count the smallest unit of their currency.
    """

    language: Language = "unknown"
    amounts: tuple[Amount, ...] = ()
    amounts_count: int = 0
    totals: Totals = Totals()
    document_date: str | None = None
    due_date: str | None = None
    dates: tuple[FoundDate, ...] = ()
    ibans_valid: tuple[str, ...] = ()
    ibans_invalid: tuple[InvalidIban, ...] = ()
    email_addresses: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    sender: str = ""
    recipient: str = ""
    companies: tuple[str, ...] = ()
    instructions_suspected: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def reference(self, kind: str) -> str | None:
        """The first number of that kind, or None."""
        return next((found.number for found in self.references if found.kind == kind), None)


def extract(text: str) -> Extraction:
    """All facts, by rules. Time is linear in `text`; what the text says is never obeyed."""
    suspicion = suspect_instructions(text)
    rest = suspicion.rest
    locale = find_locale(rest)
    amounts = tuple(islice(find_amounts(rest), AMOUNTS_MAX))
    dates = _distinct_dates(rest, locale.day_first)
    document_date, due_date = _dated(rest, dates)
    valid, invalid = _ibans(rest)
    parties = find_parties(rest)
    return Extraction(
        language=locale.language,
        amounts=amounts[:LIST_MAX],
        amounts_count=len(amounts),
        totals=find_totals(rest, amounts=amounts),
        document_date=document_date,
        due_date=due_date,
        dates=dates,
        ibans_valid=valid,
        ibans_invalid=invalid,
        email_addresses=find_addresses(rest, count_max=LIST_MAX),
        references=tuple(islice(dict.fromkeys(find_references(rest)), LIST_MAX)),
        sender=parties.sender,
        recipient=parties.recipient,
        companies=parties.companies,
        instructions_suspected=suspicion.quotes,
        notes=_notes(dates, locale.reason),
    )


def extract_minimal(text: str) -> Extraction:
    """The lower tier: amounts, ISO-like dates, IBANs and addresses of the first page, without any choice."""
    page = suspect_instructions(text[:MINIMAL_CHARS_MAX]).rest
    amounts = tuple(islice(find_amounts(page), LIST_MAX))
    valid, invalid = _ibans(page)
    return Extraction(
        amounts=amounts,
        amounts_count=len(amounts),
        dates=_distinct_dates(page, None),
        ibans_valid=valid,
        ibans_invalid=invalid,
        email_addresses=find_addresses(page, count_max=LIST_MAX),
        notes=("minimal tier: first page only, nothing was chosen",),
    )


def _distinct_dates(text: str, day_first: bool | None) -> tuple[FoundDate, ...]:
    distinct: dict[str, FoundDate] = {}
    for found in find_dates(text, day_first=day_first):
        distinct.setdefault(found.iso, found)
        if len(distinct) == LIST_MAX:
            break
    return tuple(distinct.values())


def _dated(text: str, dates: tuple[FoundDate, ...]) -> tuple[str | None, str | None]:
    dated: str | None = None
    due: str | None = None
    plain: str | None = None
    for found in dates:
        line_start = text.rfind("\n", max(0, found.start - 60), found.start) + 1
        before = text[max(line_start, found.start - 60) : found.start]
        if _BORN.search(before):
            continue
        if _DUE.search(before):
            due = due or found.iso
        elif _DATED.search(before):
            dated = dated or found.iso
        else:
            plain = plain or found.iso
    return dated or plain, due


def _ibans(text: str) -> tuple[tuple[str, ...], tuple[InvalidIban, ...]]:
    valid: dict[str, None] = {}
    invalid: dict[str, InvalidIban] = {}
    for found in find_ibans(text):
        if found.is_valid:
            valid.setdefault(found.iban)
        else:
            invalid.setdefault(found.iban, InvalidIban(iban=found.iban, fault=found.fault))
        if len(valid) >= LIST_MAX or len(invalid) >= LIST_MAX:
            break
    return tuple(valid), tuple(invalid.values())


def _notes(dates: tuple[FoundDate, ...], reason: str) -> tuple[str, ...]:
    guesses = [f"{found.raw}: {found.note}" for found in dates if found.note]
    if guesses:
        guesses.append(f"day and month by: {reason}")
    return tuple(guesses[:LIST_MAX])
