"""Writes the generated files: `make docs`. With `--check` it writes nothing and names the stale ones.

Everything comes from tables: the verbs from `kernel.decide.VERBS`, the tools from `server.mcp`, the state machines from
the constants whose name ends in MOVES.
"""

import difflib
import sys
import types
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

if __name__ == "__main__":
    # The package's root imports the generated verbs, which may name what the kernel has moved: only the kernel is
    # needed here, so the root is passed over.
    root = types.ModuleType("interlock")
    root.__path__ = [str(ROOT / "src" / "interlock")]
    sys.modules["interlock"] = root

import lifecycle_page
import tools_page
import verbs_module
import verbs_page

GENERATED: dict[str, Callable[[], str]] = {
    "docs/lifecycle.md": lifecycle_page.render,
    "docs/mcp-tools.md": tools_page.render,
    "docs/verbs.md": verbs_page.render,
    "src/interlock/verbs.py": verbs_module.render,
}


def main() -> int:
    """Writes what changed; with `--check` returns 1 if anything would."""
    is_check = "--check" in sys.argv[1:]
    stale = 0
    for name, render in GENERATED.items():
        path = ROOT / name
        before = path.read_text() if path.exists() else ""
        after = render()
        if before == after:
            continue
        stale += 1
        if is_check:
            print(f"{name} is stale: run `make docs`")
            print("".join(list(_difference(before, after, name))[:40]))
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(after)
            print(f"{name} written")
    return 1 if is_check and stale else 0


def _difference(before: str, after: str, name: str) -> list[str]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return list(difflib.unified_diff(old, new, fromfile=name, tofile="generated"))


if __name__ == "__main__":
    sys.exit(main())
