"""Says in words how a stored row differs from what the events make it."""

from collections.abc import Sequence
from typing import Any

import msgspec

from interlock.kernel.payload import InvalidJson, parse_json
from interlock.kernel.rows import PackedRow
from interlock.observe.fold import Fold, RowKey
from interlock.observe.history import read_batches
from interlock.store.contract import Row, Store

_VALUE_CHARS_MAX = 60
_COLUMNS = ("queue", "status", "pos", "phase")


async def tell_differences(
    store: Store, keys: Sequence[RowKey], *, until: int, shard: str = "0"
) -> dict[RowKey, str]:
    """For each of these rows, how it differs at position `until`. Folds the log once more."""
    if not keys:
        return {}
    made: dict[RowKey, PackedRow] = {}
    fold = Fold(shard=shard)
    async for records in read_batches(store, until=until, shard=shard):
        for row in fold.add([record.body for record in records]):
            if row[:2] in keys:
                made[row[0], row[1]] = row
        fold.prints.clear()
    stored: dict[RowKey, Row] = {}
    for kind, id in keys:
        async for rows in store.load(shard, kind=kind, ids=[id]):
            stored.update({(row.kind, row.id): row for row in rows})
    return {key: tell_difference(key, made=made.get(key), stored=stored.get(key)) for key in keys}


def tell_difference(key: RowKey, *, made: PackedRow | None, stored: Row | None) -> str:
    """How one row differs."""
    name = f"{key[0]} {key[1]}"
    if stored is None:
        return f"{name} is missing"
    if made is None or not made[-1]:
        return f"{name} is stored, but the events make no such row"
    found = [
        _told(column, is_, should)
        for column, is_, should in zip(
            _COLUMNS,
            (stored.queue, stored.status, stored.pos, stored.phase),
            made[2:6],
            strict=True,
        )
        if is_ != should
    ]
    found += _fields(bytes(stored.body), made[-1])
    return f"{name}: {'; '.join(found) or 'its body is written in another way'}"


def _fields(stored: bytes, made: bytes) -> list[str]:
    try:
        is_ = parse_json(stored, bytes_max=len(stored))
    except InvalidJson as error:
        return [f"its body is {error}"]
    should = msgspec.json.decode(made)
    if not isinstance(is_, dict):
        return ["its body is no object"]
    return [
        _told(name, is_.get(name), should.get(name))
        for name in sorted(is_.keys() | should.keys())
        if _differ(is_.get(name), should.get(name))
    ]


def _differ(is_: Any, should: Any) -> bool:
    # 1 and true are equal in Python, and two values in JSON.
    return bool(msgspec.json.encode(is_) != msgspec.json.encode(should))


def _told(name: str, is_: Any, should: Any) -> str:
    return f"{name} is {_short(is_)}, the events say {_short(should)}"


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _VALUE_CHARS_MAX else text[:_VALUE_CHARS_MAX] + "…"
