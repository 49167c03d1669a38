"""Who speaks and who is spoken to: mail headers, address labels, contract openings, company names."""

import re
from typing import Final

import msgspec

# A letterhead stands at the beginning, and so does the address.
HEAD_CHARS: Final = 6_000
NAME_CHARS_MAX: Final = 80
COMPANIES_MAX: Final = 10

# List marks, and in a told JSON the path above the field.
_LABEL_START: Final = r"^[ \t>*#|]{0,8}(?:\w{1,20}\.){0,3}"
_LABEL_END: Final = r"[ \t]{0,3}:[ \t*]{0,4}(?:\n[ \t]{0,20})?(?P<name>[^\n\t|]{2,120})"

_SENDER: Final = re.compile(
    _LABEL_START
    + r"(?:from|von|de|sender|seller|supplier|vendor|absender|lieferant|verkäufer|fournisseur|émetteur"
    r"|issued by|seller\.name|supplier\.name)" + _LABEL_END,
    re.IGNORECASE | re.MULTILINE,
)
_RECIPIENT: Final = re.compile(
    _LABEL_START
    + r"(?:to|an|à|bill to|billed to|invoice to|sold to|ship to|attention|rechnung an|rechnungsempfänger"
    r"|empfänger|kunde|customer|client|facturé à|adressé à|destinataire|buyer|customer\.name|buyer\.name)"
    + _LABEL_END,
    re.IGNORECASE | re.MULTILINE,
)
_BETWEEN: Final = re.compile(
    r"\b(?:between|zwischen|entre)\s{1,4}(?:der |dem |the |la |le )?(?P<one>[^\n,;()]{2,80}?)"
    r"(?:\s{0,2}[,;(][^\n]{0,160}?)?\s{1,4}(?:and|und|et)\s{1,4}(?:der |dem |the |la |le )?"
    r"(?P<two>[^\n,;()]{2,80})",
    re.IGNORECASE,
)
_FORMS: Final = (
    r"(?:GmbH(?: & Co\. KG)?|AG|KG|eG|e\. ?K\.|Ltd\.?|Limited|plc|PLC|Inc\.?|LLC|Corp\.?|S\.?A\.?R\.?L\.?"
    r"|SAS|S\.A\.|SA|B\.V\.|Sàrl)"
)
_WORD: Final = r"[A-ZÄÖÜÉÈÀ][\w.'’-]{0,30}"
_COMPANY: Final = re.compile(
    rf"(?<![\w&.-]){_WORD}(?:[ \u00a0](?:{_WORD}|&|du|des?|la|les|und|and|et|of)){{0,6}}?,?[ \u00a0]"
    rf"{_FORMS}(?![\w])"
)
# Behind these the dot is part of the name, elsewhere it ends the sentence.
_OWN_DOTS: Final = ("Inc.", "Ltd.", "Corp.", "Co.", "S.A.", "S.A.R.L.", "B.V.", "K.", "St.")
_OPENING: Final = re.compile(r"^(?:Between|Zwischen|Entre|The|Der|Die|La|Le|Dear|For|From|To) ")


class Parties(msgspec.Struct, frozen=True):
    """Empty strings where the document names nobody; `companies` in reading order."""

    sender: str = ""
    recipient: str = ""
    companies: tuple[str, ...] = ()


def find_parties(text: str) -> Parties:
    """Labels decide; a contract names both; else the letterhead's first company is the sender."""
    head = text[:HEAD_CHARS]
    found = (_OPENING.sub("", _tidy(match[0])) for match in _COMPANY.finditer(head))
    companies = tuple(dict.fromkeys(found))[:COMPANIES_MAX]
    sender, recipient = _labelled(_SENDER, head), _labelled(_RECIPIENT, head)
    between = _BETWEEN.search(head)
    if between and not (sender or recipient):
        one, two = _tidy(between["one"]), _tidy(between["two"])
        if one in companies or two in companies:
            sender, recipient = one, two
    if not sender:
        sender = next((company for company in companies if company != recipient), "")
    return Parties(sender=sender, recipient=recipient, companies=companies)


def _labelled(pattern: re.Pattern[str], head: str) -> str:
    match = pattern.search(head)
    return _tidy(match["name"]) if match else ""


def _tidy(name: str) -> str:
    tidy = " ".join(name.split()).strip(" ,;*")
    if not tidy.endswith(_OWN_DOTS):
        tidy = tidy.removesuffix(".")
    return tidy[:NAME_CHARS_MAX]
