"""Tables of separated values as text: one line per row, cells parted by tabs."""

import csv
from typing import Final

from interlock.demo.content import find_separator

# A statement of a busy year has some ten thousand rows.
ROWS_MAX: Final = 100_000


def table_to_text(text: str) -> tuple[str, tuple[str, ...]]:
    """Gives text and warnings. Raises `ValueError` when no separator fits or the quoting is broken."""
    separator = find_separator(text)
    if separator is None:
        raise ValueError("no column separator fits")
    rows: list[str] = []
    try:
        for cells in csv.reader(text.split("\n"), delimiter=separator, strict=True):
            if len(rows) == ROWS_MAX:
                return "\n".join(rows), (f"only the first {ROWS_MAX} rows were read",)
            rows.append("\t".join(" ".join(cell.split()) for cell in cells))
    except csv.Error as error:
        raise ValueError(f"broken table: {error}") from error
    return "\n".join(rows), ()
