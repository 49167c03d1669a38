"""The benchmark is no part of the package: its tests find it in the checkout."""

from __future__ import annotations

import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]

if str(CHECKOUT) not in sys.path:
    sys.path.insert(0, str(CHECKOUT))
