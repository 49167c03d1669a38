"""Which of a document's amounts is the one to pay: labels decide, in three languages."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from interlock.demo.money import Amount, find_only_currency, find_plain_amounts

Part = Literal["total", "subtotal", "tax"]

# A labelled line is short; of a dump on one line only the stretch behind the label is looked at.
LINE_CHARS_MAX: Final = 300

# Lines with labels; a statement of a year repeats its labels on every page.
LABELS_MAX: Final = 2_000

# One tax line per rate; no country has more rates.
TAXES_MAX: Final = 10

_STRONG: Final = (
    r"(?:grand |invoice |order )total|total[ _](?:amount )?(?:due|payable|to pay)|(?:amount|balance) (?:due|payable)"
    r"|total incl\w{0,6}|gesamtbetrag|gesamtsumme|rechnungsbetrag|zahlbetrag|endbetrag|bruttobetrag|total brutto"
    r"|zu zahlen(?:der betrag)?|(?:solde |net |total )(?:à|a) payer|total ttc|montant (?:total|ttc|dû)"
    r"|closing balance|endsaldo|neuer saldo|solde final|nouveau solde"
)
_SUBTOTAL: Final = (
    r"sub-?[ ]?total|net(?: total| amount)|total (?:net|excl\w{0,6})|nettobetrag|summe netto|netto|zwischensumme"
    r"|sous-total|(?:total|montant) ht|total hors taxes?"
)
_TAX: Final = r"vat|sales tax|tax|mwst|mehrwertsteuer|umsatzsteuer|ust|tva"
_WEAK: Final = r"total|gesamt|summe|saldo"

_LABEL: Final = re.compile(
    rf"(?<![\w-])(?=[abceginorstuvmz])(?:(?P<strong>{_STRONG})|(?P<subtotal>{_SUBTOTAL})|(?P<tax>{_TAX})|(?P<weak>{_WEAK}))(?![\w-])",
    re.IGNORECASE,
)


class Totals(msgspec.Struct, frozen=True):
    """`total` is the labelled one, and `label` names it; `largest` is what is left where no label speaks.

    `taxes` may be several (one line per rate).
    """

    total: Amount | None = None
    label: str = ""
    largest: Amount | None = None
    subtotal: Amount | None = None
    taxes: tuple[Amount, ...] = ()


def find_totals(text: str, *, amounts: Sequence[Amount]) -> Totals:
    """A strong label beats a weak one, and a later line an earlier one.

    `amounts` are those of `find_amounts(text)`. A labelled number without a currency takes the document's only one.
    """
    currency = find_only_currency(text)
    starts = [amount.start for amount in amounts]
    chosen: tuple[int, Amount | None, str] = (0, None, "")
    subtotal: Amount | None = None
    taxes: list[Amount] = []
    line_done = -1
    for count, match in enumerate(_LABEL.finditer(text)):
        if count == LABELS_MAX:
            break
        # The first label of a line names it: "Total incl. VAT" is no tax line.
        if match.start() < line_done:
            continue
        line_done = _line_end(text, match.end())
        strength = 2 if match["strong"] else 1 if match["weak"] else 0
        amount = _amount_between(text, match.end(), line_done, amounts, starts, currency)
        if amount is None and strength:
            after = _line_end(text, line_done + 1)
            amount = _amount_between(text, line_done, after, amounts, starts, None)
        if amount is None:
            continue
        if match["subtotal"]:
            subtotal = amount
        elif match["tax"]:
            taxes.append(amount)
        elif strength >= chosen[0]:
            chosen = (strength, amount, match[0].lower())
    largest = max(amounts, key=lambda found: (found.amount_minor, -found.start), default=None)
    return Totals(
        total=chosen[1],
        label=chosen[2],
        largest=largest,
        subtotal=subtotal,
        taxes=tuple(taxes[:TAXES_MAX]),
    )


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start, start + LINE_CHARS_MAX)
    return end if end != -1 else start + LINE_CHARS_MAX


def _amount_between(
    text: str,
    start: int,
    end: int,
    amounts: Sequence[Amount],
    starts: Sequence[int],
    currency: str | None,
) -> Amount | None:
    if end <= start:
        return None
    index = bisect_left(starts, end)
    if index > 0 and starts[index - 1] >= start:
        return amounts[index - 1]
    if currency is None:
        return None
    plain = list(find_plain_amounts(text[start:end], currency=currency))
    return plain[-1] if plain else None
