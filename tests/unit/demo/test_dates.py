"""Dates: ISO 8601 out of any usual way to write them, guesses told as guesses."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.demo.dates import find_dates
from interlock.demo.document_locale import find_locale

DAYS = st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 12, 31))


def isos(text: str, *, day_first: bool | None = None) -> list[str]:
    return [found.iso for found in find_dates(text, day_first=day_first)]


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-05",
        "2026/03/05",
        "05.03.2026",
        "5.3.2026",
        "5.3.26",
        "5. März 2026",
        "5 March 2026",
        "5th March 2026",
        "March 5, 2026",
        "Mar. 5, 2026",
        "5 mars 2026",
        "Thu, 5 Mar 2026 10:00:00 +0000",
        "05/Mar/2026:10:00:00",
        "05-Mar-2026",
    ],
)
def test_a_date_is_read_in_any_usual_style(written: str) -> None:
    assert isos(f"dated {written}, signed") == ["2026-03-05"]


@pytest.mark.parametrize(
    "written",
    [
        "31.02.2026",
        "2026-13-01",
        "1.2.3",
        "12.34.5678",
        "10.0.0.1",
        "05.03.1776",
        "5 of March",
        "1/2",
    ],
)
def test_what_no_calendar_has_is_no_date(written: str) -> None:
    assert isos(written) == []


@given(DAYS)
def test_a_written_date_is_read_back(day: date) -> None:
    iso = day.isoformat()
    assert isos(iso) == [iso]
    assert isos(f"{day.day}.{day.month}.{day.year}") == [iso]
    assert isos(f"{day:%B} {day.day}, {day.year}") == [iso]


@given(DAYS)
def test_the_order_of_day_and_month_follows_the_locale(day: date) -> None:
    assert isos(f"{day:%d/%m/%Y}", day_first=True) == [day.isoformat()]
    assert isos(f"{day:%m/%d/%Y}", day_first=False) == [day.isoformat()]


@given(DAYS)
def test_only_an_ambiguous_date_carries_a_note(day: date) -> None:
    found = next(iter(find_dates(f"{day:%d/%m/%Y}", day_first=None)))
    is_ambiguous = day.day <= 12 and day.day != day.month
    assert ("ambiguous" in found.note) is is_ambiguous
    assert ("undecided" in found.note) is is_ambiguous


def test_a_two_digit_year_is_told_as_a_guess() -> None:
    found = next(iter(find_dates("05.03.26", day_first=True)))
    assert (found.iso, found.note) == ("2026-03-05", "two-digit year read as 20xx")


@given(st.text(alphabet="0123456789./-: JanMär", max_size=120))
def test_any_digits_give_real_dates_only(text: str) -> None:
    for iso in isos(text):
        assert date.fromisoformat(iso)


@pytest.mark.parametrize(
    ("text", "language", "day_first"),
    [
        ("Sehr geehrte Damen und Herren, wir bitten Sie um die Zahlung", "de", True),
        ("Nous vous remercions pour votre commande et le paiement", "fr", True),
        ("Please pay the amount of $50.00 to us, Acme Inc.", "en", False),
        ("Please pay the amount of £50.00 to us, Acme Ltd", "en", True),
        ("Please pay it to us when you can", "en", None),
        ("A-1 B-2", "unknown", None),
    ],
)
def test_the_document_tells_its_locale(text: str, language: str, day_first: bool | None) -> None:
    found = find_locale(text)
    assert (found.language, found.day_first) == (language, day_first)
