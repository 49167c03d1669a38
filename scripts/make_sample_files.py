"""Writes those sample documents that no editor can write: PDFs whole and damaged, a picture, bytes without meaning.

Run it as `python scripts/make_sample_files.py [FOLDER]`. The same files come out each time, byte for byte.
"""

import sys
import zlib
from pathlib import Path

from dot_picture import png

SAMPLES = Path(__file__).parent.parent / "src/interlock/demo/samples/documents"

INVOICE_EUR = """Nordlicht Werkzeugbau GmbH
Rechnung an: Gasthof Zur Brücke

RECHNUNG
Rechnungsnummer: RE-2026-0502
Rechnungsdatum: 16.03.2026

Schärfen von 14 Messern            168,00 EUR
Fahrtkosten                         32,00 EUR

Nettobetrag: 200,00 EUR
MwSt. 19 %: 38,00 EUR
Gesamtbetrag: 238,00 EUR

Zahlbar bis 30.03.2026
IBAN: DE89 3704 0044 0532 0130 00"""

INVOICE_USD = """Cedar Ridge Outfitters, Inc.
INVOICE
Invoice Number: CR-10513
Invoice Date: 03/20/2026
Bill To: Harbor Analytics Corp.

8 folding chairs                   $312.00
Delivery                            $45.00

Subtotal: $357.00
Sales tax: $16.07
Total Due: $373.07"""

CONTRACT_PAGES = (
    """CONSULTING AGREEMENT

Contract no. BP-2026-3
This Agreement is made on 12 January 2026 between
Bluff Point Instruments Ltd and Marlow Research plc.
Clause 1. The Consultant shall calibrate the pressure benches.
Clause 2. The fee is GBP 720.00 per day.""",
    """Clause 3. Term and termination. The Agreement ends on 31 December 2026.
Clause 4. Confidentiality. The parties shall keep the drawings secret.
Clause 5. Governing law. The law of the seat of the Client applies.
Signature""",
)

TRUNCATED = """MEETING NOTES
Date: 2026-02-17
Attendees: Ines, Mwangi
Agenda: the scanner of the mail room
Decided: the scanner is replaced, because it cuts files in two.
Action items: Ines asks for three offers."""


def main(folder: Path) -> None:
    whole = pdf([INVOICE_EUR])
    files = {
        "invoice-eur.pdf": whole,
        "invoice-usd-compressed.pdf": pdf([INVOICE_USD], compressed=True),
        "contract-two-pages.pdf": pdf(list(CONTRACT_PAGES)),
        "truncated.pdf": pdf([TRUNCATED], compressed=True, leading_page=False)[:-420],
        "garbage.pdf": b"%PDF-1.7\n" + noise(2_048),
        "encrypted.pdf": pdf([INVOICE_USD], extra_trailer=ENCRYPTION),
        "scanned-without-text.pdf": pdf([""]),
        "pdf-called.txt": pdf([INVOICE_EUR.replace("0502", "0503")]),
        "junk.bin": noise(4_096),
        "archive-called.txt": b"PK\x03\x04" + noise(512),
        "invoice-scan.png": png(["INVOICE NUMBER: 2026-518", "TOTAL DUE: EUR 84.50"]),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)


# A password nobody has: owner and user entries that no key opens.
ENCRYPTION = (
    "/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <" + "A7" * 32 + "> /U <" + "3C" * 32 + ">"
    " >> /ID [<" + "11" * 16 + "> <" + "11" * 16 + ">]"
)


def pdf(
    pages: list[str],
    *,
    compressed: bool = False,
    extra_trailer: str = "",
    leading_page: bool = True,
) -> bytes:
    """A minimal PDF. With `leading_page` false the page tree comes last, so that a cut takes it away."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    tree = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        3: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    }
    leaves: dict[int, bytes] = {}
    for number, text in enumerate(pages):
        page = 4 + 2 * number
        leaves[page] = (
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
            f" /Contents {page + 1} 0 R >>"
        ).encode()
        leaves[page + 1] = stream(text, compressed=compressed)
    objects = tree | leaves if leading_page else dict(reversed(leaves.items())) | tree
    return assembled(objects, extra_trailer)


def stream(text: str, *, compressed: bool) -> bytes:
    lines = [f"({escaped(line)}) Tj T*" for line in text.split("\n")] if text else []
    content = "\n".join(["BT /F1 11 Tf 14 TL 60 780 Td", *lines, "ET"]).encode("cp1252")
    if not compressed:
        return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
    packed = zlib.compress(content, 9)
    head = b"<< /Length %d /Filter /FlateDecode >>" % len(packed)
    return head + b"\nstream\n" + packed + b"\nendstream"


def escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def assembled(objects: dict[int, bytes], extra_trailer: str) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    offsets: dict[int, int] = {}
    for number, body in objects.items():
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for number in sorted(offsets):
        out += b"%010d 00000 n \n" % offsets[number]
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R {extra_trailer} >>\n"
    out += f"{trailer}startxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def noise(count: int) -> bytes:
    """Bytes without meaning, the same ones each time."""
    state, out = 2_463_534_242, bytearray()
    while len(out) < count:
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        out.append(state & 0xFF)
    return bytes(out)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLES)
