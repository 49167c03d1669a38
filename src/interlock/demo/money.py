"""Amounts of money: exact integers of the currency's smallest unit, never a float."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import msgspec

# Decimal places of the smallest unit (ISO 4217).
MINOR_DIGITS: Final = {"EUR": 2, "USD": 2, "GBP": 2, "CHF": 2, "JPY": 0}

# Keeps every amount inside a 64-bit integer, and a run of digits from becoming money.
DIGITS_MAX: Final = 15

_CODES: Final = {
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "$": "USD",
    "us$": "USD",
    "dollars": "USD",
    "£": "GBP",
    "pounds": "GBP",
    "sfr": "CHF",
    "fr": "CHF",
    "franken": "CHF",
    "¥": "JPY",
}

_SPACE: Final = " \u00a0\u2009\u202f"

# Either one group of digits or groups of three; what lies between and behind is judged by parse_number.
_NUMBER: Final = (
    rf"\d{{1,3}}(?:[.,'’{_SPACE}]\d{{3}}){{1,4}}(?:[.,]\d{{1,2}})?(?![\d'’]|[.,/:-]\d)"
    r"|\d{1,15}(?:[.,]\d{1,2})?(?![\d'’]|[.,/:-]\d)"
)
_CURRENCY: Final = (
    r"US\$|[€$£¥]|(?<![A-Za-z])(?:EUR|USD|GBP|CHF|JPY|SFr\.?|Fr\.|[Ee]uros?|[Dd]ollars|[Pp]ounds|Franken)"
    r"(?![A-Za-z])"
)
_AMOUNT: Final = re.compile(
    rf"(?P<sign1>[-−]?)(?P<currency1>{_CURRENCY})[\t{_SPACE}]{{0,2}}(?P<sign2>[-−]?)(?P<number1>{_NUMBER})"
    rf"|(?<![\w.,/:'’-])(?P<sign3>[-−]?)(?P<number2>{_NUMBER})[\t{_SPACE}]{{0,2}}(?P<currency2>{_CURRENCY})"
)
_PLAIN: Final = re.compile(
    rf"(?<![\w.,/:'’-])(?P<sign>[-−]?)(?P<number>{_NUMBER})(?![\w%/:-])(?!\s?%)"
)
_CURRENCY_ALONE: Final = re.compile(_CURRENCY)


class Amount(msgspec.Struct, frozen=True):
    """`amount_minor` counts the smallest unit of `currency` (1234 with EUR is 12.34 euros); `raw` as written."""

    currency: str
    amount_minor: int
    raw: str
    start: int


def parse_number(raw: str) -> Decimal | None:
    """Reads 1.234,56 and 1,234.56 and 1 234,56 and 1'234.56 alike; None when the marks contradict each other.

    One mark before exactly three digits parts thousands, because money has no three decimals.
    """
    plain = re.sub(rf"[{_SPACE}'’]", " ", raw.strip())
    marks = re.findall(r"[., ]", plain)
    if not re.fullmatch(r"\d[\d., ]*", plain) or sum(map(str.isdigit, plain)) > DIGITS_MAX:
        return None
    if not marks:
        return Decimal(plain)
    whole, mark, last = plain.rpartition(marks[-1])
    has_decimals = mark != " " and len(last) in (1, 2)
    groups_part = whole if has_decimals else plain
    separators = set(re.findall(r"[., ]", groups_part))
    if len(separators) > 1 or (has_decimals and mark in separators):
        return None
    groups = re.split(r"[., ]", groups_part)
    if separators and not _are_thousands(groups):
        return None
    digits = "".join(groups)
    return Decimal(f"{digits}.{last}" if has_decimals else digits)


def to_minor(number: Decimal, *, currency: str) -> int | None:
    """Exact, or None when the number is finer than the smallest unit."""
    scaled = number.scaleb(MINOR_DIGITS[currency])
    return int(scaled) if scaled == scaled.to_integral_value() else None


def format_amount(amount_minor: int, *, currency: str) -> str:
    """For people and always the same: `EUR 1,234.56`."""
    digits = MINOR_DIGITS[currency]
    number = Decimal(amount_minor).scaleb(-digits)
    return f"{currency} {number:,.{digits}f}"


def find_amounts(text: str) -> Iterator[Amount]:
    """Every number that stands beside a currency, in reading order; numbers that contradict themselves are left."""
    for match in _AMOUNT.finditer(text):
        currency = currency_code(match["currency1"] or match["currency2"])
        number = parse_number(match["number1"] or match["number2"])
        minor = None if number is None else to_minor(number, currency=currency)
        if minor is None:
            continue
        is_negative = any(match[name] for name in ("sign1", "sign2", "sign3"))
        yield Amount(
            currency=currency,
            amount_minor=-minor if is_negative else minor,
            raw=match[0].strip(),
            start=match.start(),
        )


def find_plain_amounts(line: str, *, currency: str) -> Iterator[Amount]:
    """Numbers with decimals that stand alone in `line`, read as `currency` that the document names elsewhere."""
    for match in _PLAIN.finditer(line):
        number = parse_number(match["number"])
        if number is None or not re.search(r"[.,]\d{1,2}$", match["number"]):
            continue
        minor = to_minor(number, currency=currency)
        if minor is not None:
            signed = -minor if match["sign"] else minor
            yield Amount(currency, signed, match[0].strip(), match.start())


def find_only_currency(text: str) -> str | None:
    """The currency of a document that names exactly one, else None."""
    codes: set[str] = set()
    for match in _CURRENCY_ALONE.finditer(text):
        codes.add(currency_code(match[0]))
        if len(codes) > 1:
            return None
    return codes.pop() if codes else None


def currency_code(written: str) -> str:
    """The ISO 4217 code of a sign, a code or a word that the patterns above accept."""
    return _CODES.get(written.lower().rstrip("."), written.upper())


def _are_thousands(groups: list[str]) -> bool:
    first, *others = groups
    return 1 <= len(first) <= 3 and first[0] != "0" and all(len(group) == 3 for group in others)
