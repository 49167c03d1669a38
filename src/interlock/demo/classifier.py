"""The classifier's work: what kind of document this is, by words and by structure, with the evidence."""

import re
from typing import Final, Literal, get_args

import msgspec

from interlock.demo.content import Kind

DocumentClass = Literal[
    "invoice",
    "letter",
    "contract",
    "support_mail",
    "cv",
    "meeting_notes",
    "log",
    "statement",
    "order",
    "other",
]
CLASSES: Final[tuple[DocumentClass, ...]] = get_args(DocumentClass)

# The beginning tells the class; the end of a long document only repeats it.
SNIFF_CHARS: Final = 30_000
EVIDENCE_MAX: Final = 8

# Fewer points are a coincidence of words.
SCORE_MIN: Final = 4
# One word counts at most so often: repetition is no proof.
HITS_MAX: Final = 2

_WORDS: Final[dict[DocumentClass, dict[int, str]]] = {
    "invoice": {
        4: r"^\W{0,6}(?:invoice|rechnung|facture|tax invoice)\b|invoice (?:no|number|#)|rechnungs(?:nummer|-nr)"
        r"|facture n[°º]|(?:numéro|n[°º]) de facture|rechnung nr",
        2: r"amount due|total due|rechnungsbetrag|zahlbar|bill to|montant ttc|net à payer|due date|rechnungsdatum"
        r"|facturé à|mwst|tva\b|vat\b|gesamtbetrag|total ttc|échéance",
        1: r"subtotal|payment terms|quantity|unit price|einzelpreis|menge|quantité|prix unitaire|leistungszeitraum",
    },
    "letter": {
        3: r"\bdear (?:mr|ms|mrs|dr|sir|madam|professor|all|neighbours?)|sehr geehrte|lieber? \w+|madame, monsieur"
        r"|(?:chère|cher) (?:madame|monsieur|\w+)",
        2: r"(?:yours sincerely|yours faithfully|kind regards|best regards|sincerely yours|warm regards)"
        r"|mit freundlichen grüßen|herzliche grüße|veuillez agréer|cordialement|salutations distinguées",
        1: r"\benclosure|anlage:|p\.j\.|\bbetreff:|\bre:|\bobjet ?:",
    },
    "contract": {
        4: r"^\W{0,6}(?:[\w-]+ ){0,3}(?:agreement|contract|vertrag|mietvertrag|dienstleistungsvertrag|contrat)\b"
        r"|\b(?:this|the present) (?:[\w-]+ )?(?:agreement|contract)\b|hereinafter|nachstehend|ci-après",
        2: r"§ ?\d|\barticle \d|\bclause \d|governing law|gerichtsstand|the parties|vertragspartei|les parties"
        r"|kündigungsfrist|term and termination|confidentiality|vertraulichkeit|loi applicable|résiliation",
        1: r"\bshall\b|in witness whereof|signature|unterschrift|liability|haftung|responsabilité",
    },
    "support_mail": {
        4: r"\bticket\b|\bsupport@|\bhelp ?desk|support request|störung",
        2: r"does not work|doesn't work|not working|stopped working|error (?:message|code)|cannot log ?in"
        r"|can't log ?in|funktioniert nicht|fehlermeldung|ne fonctionne (?:pas|plus)|message d'erreur|\bcrash"
        r"|\brefund\b|please help|reklamation|passwor[dt]",
        1: r"\bissue\b|\bproblem\b|\bproblème\b|screenshot|version \d|\bupdate\b|\bbug\b",
    },
    "cv": {
        4: r"curriculum vitae|^\W{0,6}(?:cv|lebenslauf|résumé|resume)\b",
        2: r"work experience|professional experience|berufserfahrung|expérience professionnelle|\beducation\b"
        r"|ausbildung|formation\b|\bskills\b|kenntnisse|compétences|languages:|sprachen|langues",
        1: r"\breferences\b|hobbies|date of birth|geburtsdatum|certifications?|\bstudium\b|university|université",
    },
    "meeting_notes": {
        4: r"meeting notes|minutes of|besprechungsprotokoll|\bprotokoll\b|compte rendu|stand-?up notes|retrospective",
        2: r"action items?|attendees|participants|teilnehmer|tagesordnung|agenda|next steps|beschlüsse|ordre du jour"
        r"|décisions|nächste schritte|aufgaben|présents",
        1: r"\bdecided\b|\bdiscussed\b|\bapologies\b|\bfollow-?up\b|\[[ x]\]|\bowner:",
    },
    "log": {
        2: r"\b(?:ERROR|WARN|INFO|DEBUG|FATAL)\b|\bTraceback\b",
        1: r"\bGET /|\bPOST /|\bpid[= ]\d|\bstarted\b|\btimeout\b",
    },
    "statement": {
        4: r"account statement|bank statement|kontoauszug|relevé de compte|opening balance|closing balance"
        r"|anfangssaldo|endsaldo|solde (?:initial|final)",
        3: r"\bbuchungstag|valuta|booking date|value date|date (?:d'opération|de valeur)",
        2: r"\bbalance\b|\bsaldo\b|\bsolde\b|\bdebit\b|\bcredit\b|\bsoll\b|\bhaben\b|\bdébit\b|\bcrédit\b",
        1: r"\biban\b|standing order|dauerauftrag|virement|lastschrift|card payment",
    },
    "order": {
        4: r"purchase order|\border[ _.]?(?:id|no|number|confirmation)|bestellnummer|bestellung|bon de commande"
        r"|auftragsbestätigung|commande n[°º]",
        2: r"\bsku\b|ship(?:ping)? (?:to|address)|lieferadresse|delivery date|liefertermin|adresse de livraison"
        r"|\bitems?\.\d|\blines?\.\d|expédition",
        1: r"\bquantity\b|\bqty\b|\bmenge\b|quantité|artikel|\barticle\b",
    },
}

_COMPILED: Final = tuple(
    (name, points, re.compile(words, re.IGNORECASE | re.MULTILINE))
    for name, scale in _WORDS.items()
    for points, words in scale.items()
)

# What the format itself says, before a word is read.
_STRUCTURE: Final[dict[Kind, tuple[tuple[DocumentClass, int], ...]]] = {
    "log": (("log", 8),),
    "csv": (("statement", 2),),
    "json": (("order", 2),),
    "eml": (("support_mail", 2), ("letter", 1)),
    "md": (("meeting_notes", 1),),
}
_STAMPED_LINE: Final = re.compile(r"^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d", re.MULTILINE)
_YEAR_RANGE: Final = re.compile(
    r"\b(?:19|20)\d\d ?[-–] ?(?:(?:19|20)\d\d|today|present|heute|aujourd)", re.IGNORECASE
)


class Evidence(msgspec.Struct, frozen=True):
    signal: str
    points: int


class Classification(msgspec.Struct, frozen=True):
    """`confidence` is between 0 and 1, three decimals: the winner's share against its closest rival."""

    document_class: DocumentClass
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    runner_up: DocumentClass | None = None


def classify(text: str, *, kind: Kind) -> Classification:
    """Words and structure together. Too few points for any class give `other`."""
    head = text[:SNIFF_CHARS]
    scores = _word_evidence(head)
    for name, points in _STRUCTURE.get(kind, ()):
        scores[name].append(Evidence(f"format {kind}", points))
    if len(_STAMPED_LINE.findall(head)) >= 3:
        scores["log"].append(Evidence("lines begin with times", 4))
    if len(_YEAR_RANGE.findall(head)) >= 2:
        scores["cv"].append(Evidence("ranges of years", 3))
    return _decide(scores)


def classify_by_keywords(text: str) -> Classification:
    """The lower tier: words alone."""
    return _decide(_word_evidence(text[:SNIFF_CHARS]))


def classify_as_other() -> Classification:
    """The last tier always answers: the generalist takes the document."""
    return Classification(document_class="other", confidence=0.0)


def _word_evidence(head: str) -> dict[DocumentClass, list[Evidence]]:
    scores: dict[DocumentClass, list[Evidence]] = {name: [] for name in CLASSES}
    for name, points, pattern in _COMPILED:
        hits: dict[str, int] = {}
        for match in pattern.finditer(head):
            word = " ".join(match[0].lower().split()).strip("# *:")[:40]
            hits[word] = min(hits.get(word, 0) + 1, HITS_MAX)
        for word, count in hits.items():
            # The second hit of a word is worth half of the first.
            scores[name].append(Evidence(word, points + points * (count - 1) // 2))
    return scores


def _decide(scores: dict[DocumentClass, list[Evidence]]) -> Classification:
    sums = {name: sum(found.points for found in scores[name]) for name in CLASSES}
    # Ties go to the class that stands first in CLASSES, so that the answer never depends on chance.
    ranked = sorted(CLASSES, key=lambda name: (-sums[name], CLASSES.index(name)))
    best, second = ranked[0], ranked[1]
    if sums[best] < SCORE_MIN:
        weak = tuple(scores[best][:EVIDENCE_MAX])
        return Classification("other", 0.5 if sums[best] == 0 else 0.3, weak)
    evidence = sorted(scores[best], key=lambda found: (-found.points, found.signal))
    confidence = round(sums[best] / (sums[best] + sums[second] + 2), 3)
    return Classification(
        document_class=best,
        confidence=confidence,
        evidence=tuple(evidence[:EVIDENCE_MAX]),
        runner_up=second if sums[second] > 0 else None,
    )
