"""Numbers by which people refer to a document: of the invoice, the order, the contract, the ticket, the customer."""

import re
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

ReferenceKind = Literal["invoice", "order", "contract", "ticket", "customer"]

_NUMBER_WORD: Final = (
    r"(?:[ ._-]?(?:number|no|nr|num(?:m?er|éro)?|id|ref(?:erence|érence)?)\b\.?|[ ]?[#№]|[ ]?n[°º])"
)

_LABELS: Final[dict[ReferenceKind, str]] = {
    "invoice": r"invoice|rechnung(?:s)?|faktura|facture|credit note|gutschrift",
    "order": r"(?:purchase )?order|po|bestell(?:ung(?:s)?)?|auftrag(?:s)?|commande",
    "contract": r"contract|agreement|vertrag(?:s)?|contrat",
    "ticket": r"ticket|case|vorgang(?:s)?|dossier",
    "customer": r"customer|client|kunden?|account",
}

_PATTERN: Final = re.compile(
    r"(?<!\w)(?=[irfcgpobavtdkn])(?:"
    + "|".join(
        rf"(?P<{kind}>(?:(?:{words}){_NUMBER_WORD}|(?:number|numéro|n[°º]) (?:de |of )?(?:{words})))"
        for kind, words in _LABELS.items()
    )
    + r")\"?[ \t]{0,3}[:.]?[ \t\u00a0]{0,4}(?:\n[ \t]{0,8})?\"?(?P<value>[A-Z0-9][A-Za-z0-9/._-]{0,31})",
    re.IGNORECASE,
)

_BARE_TITLE: Final = re.compile(
    r"^[ \t#*]{0,8}(?P<kind>invoice|rechnung|facture|order|bestellung|commande)[ \t]{1,4}"
    r"(?P<value>[A-Z0-9][A-Za-z0-9/._-]{2,31})[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_TITLE_KINDS: Final[dict[str, ReferenceKind]] = {
    "invoice": "invoice",
    "rechnung": "invoice",
    "facture": "invoice",
    "order": "order",
    "bestellung": "order",
    "commande": "order",
}


class Reference(msgspec.Struct, frozen=True):
    kind: ReferenceKind
    number: str


def find_references(text: str) -> Iterator[Reference]:
    """Labelled numbers in reading order; a value without any digit is a word, not a number."""
    for match in _PATTERN.finditer(text):
        number = match["value"].rstrip("._-/")
        if any(char.isdigit() for char in number):
            kind = next(kind for kind in _LABELS if match[kind])
            yield Reference(kind=kind, number=number)
    for match in _BARE_TITLE.finditer(text):
        number = match["value"].rstrip("._-/")
        if sum(char.isdigit() for char in number) >= 3:
            yield Reference(kind=_TITLE_KINDS[match["kind"].lower()], number=number)
