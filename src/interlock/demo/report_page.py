"""The page around the report: plain HTML and inline pictures, no script, readable by day, by night and on a phone."""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

# Longer texts of a document belong to the document, not to the report.
TEXT_CHARS_MAX: Final = 400

# Signs that hide or turn text around: shown by their number, so that a name reads as what it is.
_INVISIBLE: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


class Block(msgspec.Struct, frozen=True):
    """A section: `title` is plain text, `body` is finished HTML."""

    title: str
    body: str


def escape(text: str) -> str:
    """Makes foreign text inert: no markup, no attribute end, no invisible or turned signs, bounded length."""
    shown = text if len(text) <= TEXT_CHARS_MAX else text[: TEXT_CHARS_MAX - 1] + "…"
    shown = _INVISIBLE.sub(lambda match: f"[U+{ord(match[0]):04X}]", shown)
    return html.escape(shown, quote=True)


def tile(name: str, value: str, mood: str) -> str:
    """One figure. `mood` is "good", "bad" or empty."""
    return f'<div class="tile {mood}"><b>{escape(value)}</b><span>{escape(name)}</span></div>'


def definition_rows(facts: Mapping[str, str]) -> str:
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts.items()
    )
    return f"<dl>{rows}</dl>" if rows else ""


def bar_chart(bars: Sequence[tuple[str, float, float, str]]) -> str:
    """Horizontal bars, each (name, whole length, strong part, told value), on one common scale."""
    longest = max((whole for _, whole, _, _ in bars), default=0) or 1
    rows = "".join(
        _bar(name, whole / longest, strong / longest, told) for name, whole, strong, told in bars
    )
    return f'<div class="bars">{rows}</div>'


def _bar(name: str, whole: float, strong: float, told: str) -> str:
    picture = (
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="pale" width="{100 * whole:.2f}" height="10" rx="1"/>'
        f'<rect class="strong" width="{100 * strong:.2f}" height="10" rx="1"/></svg>'
    )
    told_span = f"<span class=told>{escape(told)}</span>"
    return f'<div class="bar"><span>{escape(name)}</span>{told_span}{picture}</div>'


def page(*, title: str, verdict: str, is_good: bool, detail: str, blocks: Sequence[Block]) -> str:
    """The finished page.

    The policy in its head forbids scripts and every outside resource, should an escape ever fail.
    """
    sections = "".join(
        f"<section><h2>{escape(block.title)}</h2>{block.body}</section>" for block in blocks
    )
    mood = "good" if is_good else "bad"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>"
        f'<h1>{escape(title)}</h1><div class="verdict {mood}"><b>{escape(verdict)}</b>'
        f"<span>{escape(detail)}</span></div>{sections}</main></body></html>\n"
    )


_STYLE: Final = """
:root { --ground: #fbfaf7; --card: #fff; --ink: #1d2226; --soft: #5c666e; --line: #dedad2;
  --strong: #2b6a8f; --pale: #b9d3e2; --good: #1f7a4d; --bad: #b3341f; --tag: #ebe7de; }
@media (prefers-color-scheme: dark) { :root { --ground: #14181b; --card: #1c2226; --ink: #e7e9ea;
  --soft: #9aa5ad; --line: #323a40; --strong: #5aa9d6; --pale: #2c5068; --good: #58c48b; --bad: #f0806a;
  --tag: #2a3238; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 24px 16px 64px; }
h1 { font-size: 26px; margin: 0 0 12px; } h2 { font-size: 18px; margin: 32px 0 10px; }
.verdict { border-left: 5px solid var(--good); background: var(--card); padding: 12px 16px; border-radius: 4px; }
.verdict.bad { border-color: var(--bad); }
.verdict b { display: block; } .verdict span, small, .note { color: var(--soft); }
.verdict span { overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 10px; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 10px 12px; }
.tile b { display: block; font-size: 22px; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); } .good > b { color: var(--good); } .bad > b { color: var(--bad); }
.bar { display: grid; grid-template-columns: 150px 1fr 230px; gap: 2px 12px; align-items: center;
  margin-bottom: 4px; }
.bar svg { width: 100%; height: 14px; grid-row: 1; grid-column: 2; }
.pale { fill: var(--pale); } .strong { fill: var(--strong); }
.told { color: var(--soft); font-variant-numeric: tabular-nums; }
table { width: 100%; table-layout: fixed; border-collapse: collapse; background: var(--card);
  border: 1px solid var(--line); }
th, td { text-align: left; vertical-align: top; padding: 8px 10px; border-top: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; } td { overflow-wrap: anywhere; } small { display: block; }
.results th:nth-child(1) { width: 24%; } .results th:nth-child(2) { width: 11%; }
.results th:nth-child(3) { width: 30%; } .results th:nth-child(4) { width: 18%; }
.results th:nth-child(5) { width: 4em; }
.dead th:nth-child(4) { width: 4em; }
dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 8px; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; }
.tag { background: var(--tag); border-radius: 4px; padding: 1px 6px; white-space: nowrap; }
.warning { margin: 0 0 4px; color: var(--bad); }
details ul { margin: 4px 0; padding-left: 18px; } summary { color: var(--soft); cursor: pointer; }
@media (max-width: 760px) {
  .bar { grid-template-columns: auto 1fr; margin-bottom: 8px; } .told { text-align: right; }
  .bar svg { grid-row: 2; grid-column: 1 / 3; }
  table, tbody, tr, td { display: block; border: 0; } thead { display: none; } table { background: none; }
  tr { background: var(--card); border: 1px solid var(--line); border-radius: 6px; margin-bottom: 12px;
    padding: 6px 0; }
  td { padding: 4px 12px; } td:empty { display: none; }
  td::before { content: attr(data-label); display: block; font-size: 12px; color: var(--soft); }
}
"""
