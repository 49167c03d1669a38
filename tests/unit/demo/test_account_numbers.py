"""IBANs: right ones are found with their blanks, wrong ones are named with their fault."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.demo.iban import LENGTHS, find_ibans, has_valid_checksum


def with_checksum(country: str, account: str) -> str:
    turned = "".join(str(int(char, 36)) for char in f"{account}{country}00")
    return f"{country}{98 - int(turned) % 97:02d}{account}"


@st.composite
def valid_ibans(draw: st.DrawFn) -> str:
    country = draw(st.sampled_from(sorted(LENGTHS)))
    length = LENGTHS[country] - 4
    account = draw(st.text(alphabet="0123456789", min_size=length, max_size=length))
    return with_checksum(country, account)


def grouped(iban: str, mark: str) -> str:
    return mark.join(iban[at : at + 4] for at in range(0, len(iban), 4))


@given(valid_ibans(), st.sampled_from(["", " ", "\u00a0", "-"]))
def test_a_valid_number_is_found_however_it_is_grouped(iban: str, mark: str) -> None:
    found = list(find_ibans(f"Pay to {grouped(iban, mark)} BIC TESTDEFF, please"))
    assert [(number.iban, number.is_valid) for number in found] == [(iban, True)]


@given(valid_ibans(), st.integers(min_value=4), st.integers(min_value=1, max_value=9))
def test_one_wrong_digit_is_always_noticed(iban: str, place: int, shift: int) -> None:
    at = 4 + place % (len(iban) - 4)
    wrong = iban[:at] + str((int(iban[at]) + shift) % 10) + iban[at + 1 :]
    found = list(find_ibans(f"IBAN: {wrong}"))
    assert [(number.iban, number.fault) for number in found] == [(wrong, "wrong checksum")]


@given(valid_ibans(), st.integers(min_value=4))
def test_two_digits_changed_in_place_are_always_noticed(iban: str, place: int) -> None:
    at = 4 + place % (len(iban) - 5)
    turned = iban[:at] + iban[at + 1] + iban[at] + iban[at + 2 :]
    assert has_valid_checksum(turned) is (turned == iban)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "IBAN DE89 3704 0044 0532 0130 0 Bank",
            [("DE8937040044053201300", "wrong length, DE has 22 characters")],
        ),
        (
            "IBAN: DE893704004405320130001",
            [("DE893704004405320130001", "wrong length, DE has 22 characters")],
        ),
        ("IBAN ZZ89 3704 0044", [("ZZ8937040044", "no country ZZ in the registry")]),
        ("DE89370400440532013001", [("DE89370400440532013001", "wrong checksum")]),
        ("VAT ID DE123456789", []),
        ("part number GB12 ABC", []),
        ("XDE89370400440532013000", []),
        ("DE89 is a road", []),
        ("IBAN DE89", []),
    ],
)
def test_only_what_means_to_be_an_account_number_is_judged(
    text: str, found: list[tuple[str, str]]
) -> None:
    assert [(number.iban, number.fault) for number in find_ibans(text)] == found


@given(st.text(alphabet="ABDEGR0123456789 -ibn:", max_size=200))
def test_any_text_is_searched_without_error(text: str) -> None:
    for number in find_ibans(text):
        assert number.is_valid is has_valid_checksum(number.iban) or number.fault
