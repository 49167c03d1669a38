"""The state as it was at a position, told in a few words: counts of everything, and the rows that were asked for.

Run as a process of its own (`python -m interlock.observe.past`): folding a long history takes a processor and memory
that the owner of the ledger needs for other things.
"""

import asyncio
import sys
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec

from interlock.kernel.errors import InterlockError
from interlock.kernel.rows import PackedRow, pack_rows
from interlock.kernel.withheld import WITHHELD
from interlock.observe.replay import replay_to
from interlock.store.contract import Store
from interlock.store.sqlite_reader import open_reader

ROWS_MAX: Final = 200
"""Rows in one answer: of a kind that has more, name the id."""


_fields: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])


class PastRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing as it was."""

    kind: str
    id: str
    queue: str
    status: str
    position: int
    body: msgspec.Raw


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """What all events up to `position` add up to: how many things of each kind stood in each status, and up to
    `ROWS_MAX` rows of the kind or id that was asked for, the latest changed first."""

    position: int
    at_us: int
    counts: dict[str, dict[str, int]]
    rows: tuple[PastRow, ...] = ()


class PastQuestion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which position, and which rows; without a kind and an id only the counts."""

    position: int
    kind: str = ""
    id: str = ""


async def past_of(store: Store, question: PastQuestion, *, shard: str = "0") -> Past:
    """Folds from the first event to the position. Raises `PositionAhead`, `LedgerWrong`."""
    state = await replay_to(store, question.position, shard=shard)
    before = question.position - 1
    links = await store.links(shard, after=before, limit=1) if question.position else []
    rows = [row for row in pack_rows(state) if row[-1]]
    counts: dict[str, Counter[str]] = {}
    for kind, _, _, status, *_ in rows:
        counts.setdefault(kind, Counter())[status] += 1
    wanted = sorted((row for row in rows if _is_wanted(question, row)), key=lambda row: -row[4])
    return Past(
        position=question.position,
        at_us=links[0].at_us if links else 0,
        counts={kind: dict(of_kind) for kind, of_kind in sorted(counts.items())},
        rows=tuple(_shown(row) for row in islice(wanted, ROWS_MAX)),
    )


def _is_wanted(question: PastQuestion, row: PackedRow) -> bool:
    if not question.kind and not question.id:
        return False
    return question.kind in ("", row[0]) and question.id in ("", row[1])


def _shown(row: PackedRow) -> PastRow:
    kind, id, queue, status, position, _, body = row
    fields: dict[str, msgspec.Raw] = _fields.decode(body)
    shown = msgspec.json.encode({name: fields[name] for name in fields if name not in WITHHELD})
    return PastRow(
        kind=kind, id=id, queue=queue, status=status, position=position, body=msgspec.Raw(shown)
    )


async def _answer(path: str, shard: str, text: str) -> Any:
    question = msgspec.json.decode(text, type=PastQuestion)
    store = await open_reader(Path(path))
    try:
        return await past_of(store, question, shard=shard)
    except InterlockError as error:
        return {"error": str(error)}
    finally:
        await store.close()


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(asyncio.run(_answer(*sys.argv[1:4]))))
