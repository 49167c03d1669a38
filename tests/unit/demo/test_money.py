"""Amounts: exact, in any of the usual ways to write them, and never guessed from contradictions."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.demo.money import (
    find_amounts,
    find_only_currency,
    find_plain_amounts,
    format_amount,
    parse_number,
    to_minor,
)

STYLES = [(",", "."), (".", ","), (" ", ","), ("\u202f", ","), ("'", "."), ("\u2019", ".")]


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1'234.56", "1234.56"),
        ("1.234.567", "1234567"),
        ("1,234", "1234"),
        ("12,5", "12.5"),
        ("0.50", "0.50"),
        ("7", "7"),
        ("1234567", "1234567"),
    ],
)
def test_a_number_is_read_in_any_usual_style(raw: str, number: str) -> None:
    assert parse_number(raw) == Decimal(number)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        ".",
        "1.2.3",
        "1,23,456",
        "1234,567",
        "1.234,567",
        "1,234.567,8",
        "0,123",
        "12 5",
        "x",
        "1" * 16,
        "1..2",
    ],
)
def test_a_number_that_contradicts_itself_is_refused(raw: str) -> None:
    assert parse_number(raw) is None


@given(
    st.integers(min_value=0, max_value=10**12),
    st.integers(min_value=0, max_value=99),
    st.sampled_from(STYLES),
)
def test_a_written_amount_is_read_back_exactly(
    whole: int, cents: int, style: tuple[str, str]
) -> None:
    thousands, decimals = style
    written = f"{whole:,}".replace(",", thousands) + f"{decimals}{cents:02d}"
    assert parse_number(written) == Decimal(whole) + Decimal(cents) / 100
    assert [found.amount_minor for found in find_amounts(f"EUR {written}")] == [whole * 100 + cents]
    assert [found.amount_minor for found in find_amounts(f"{written} €")] == [whole * 100 + cents]


@given(st.integers(min_value=-(10**14), max_value=10**14), st.sampled_from(["EUR", "USD", "JPY"]))
def test_a_shown_amount_is_found_again(minor: int, currency: str) -> None:
    shown = format_amount(minor, currency=currency)
    assert [(found.currency, found.amount_minor) for found in find_amounts(shown)] == [
        (currency, minor)
    ]


@given(st.text(max_size=200))
def test_any_text_gives_amounts_that_fit_64_bits(text: str) -> None:
    for found in find_amounts(text):
        assert -(2**63) <= found.amount_minor < 2**63


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("$1,234.50", [("USD", 123450)]),
        ("US$ 5", [("USD", 500)]),
        ("£0.99 or 99 pounds", [("GBP", 99), ("GBP", 9900)]),
        ("CHF 1'000.00", [("CHF", 100000)]),
        ("SFr. 20.50", [("CHF", 2050)]),
        ("500 JPY", [("JPY", 500)]),
        ("-45,00 EUR", [("EUR", -4500)]),
        ("EUR -45,00", [("EUR", -4500)]),
        ("-$45.00", [("USD", -4500)]),
        ("100 EUR 20 EUR", [("EUR", 10000), ("EUR", 2000)]),
        ("EUR 10 EUR 20", [("EUR", 1000), ("EUR", 2000)]),
        ("the fee (EUR 1,200.00) is due", [("EUR", 120000)]),
        ("2026-03-01\tEUR\t100,00", [("EUR", 10000)]),
        ("31.03.2026 EUR 100", [("EUR", 10000)]),
        ("EUR 2026-03-01", []),
        ("EUR 10:30", []),
        ("1.2.3 EUR", []),
        ("12.345 JPY yen", [("JPY", 12345)]),
        ("12.34 JPY", []),
        ("NEUR 5", []),
        ("5 EUROPE", []),
    ],
)
def test_amounts_are_found_beside_their_currency(text: str, found: list[tuple[str, int]]) -> None:
    assert [(amount.currency, amount.amount_minor) for amount in find_amounts(text)] == found


def test_plain_numbers_count_only_with_decimals() -> None:
    found = find_plain_amounts("20 % of 1.000,50 in 2026 are 200,10", currency="EUR")
    assert [amount.amount_minor for amount in found] == [100050, 20010]


def test_a_number_finer_than_a_cent_is_no_amount() -> None:
    assert to_minor(Decimal("0.005"), currency="EUR") is None


@pytest.mark.parametrize(
    ("text", "currency"), [("5 EUR and 6 €", "EUR"), ("5 EUR and 6 USD", None), ("nothing", None)]
)
def test_a_document_speaks_for_its_plain_numbers_only_with_one_currency(
    text: str, currency: str | None
) -> None:
    assert find_only_currency(text) == currency
