"""Pictures as text, through `tesseract` when the machine has it; without it a picture is a reasoned refusal."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from interlock.demo.decoding import decode_text
from interlock.demo.unreadable import Unreadable

COMMAND: Final = "tesseract"

# A page takes about two seconds; a picture that needs longer is not worth holding a worker for.
SECONDS_MAX: Final = 30


def find_ocr() -> str | None:
    """Path of the text recognition command, or None when it is not installed."""
    return shutil.which(COMMAND)


def picture_to_text(path: Path, *, ocr: str | None) -> str:
    """The text that `ocr` sees in the picture.

    Raises `Unreadable`: `ocr_unavailable` without a command, `ocr_failed` when it breaks or takes longer than
    `SECONDS_MAX`, `no_text` when it sees nothing.
    """
    if ocr is None:
        detail = f"a picture needs {COMMAND!r}, which is not installed"
        raise Unreadable("ocr_unavailable", path=path, detail=detail)
    # An absolute path cannot be taken for an option, whatever the file is called.
    command = [ocr, str(path.absolute()), "stdout"]
    try:
        done = subprocess.run(
            command, capture_output=True, check=True, timeout=SECONDS_MAX, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError) as error:
        detail = f"{COMMAND} gave {type(error).__name__}"
        raise Unreadable("ocr_failed", path=path, detail=detail) from error
    text = decode_text(done.stdout).text
    if not text.strip():
        raise Unreadable("no_text", path=path, detail="no text was seen in the picture")
    return text
