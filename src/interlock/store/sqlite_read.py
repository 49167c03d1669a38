"""The SQL that reads a ledger.

Each question is answered in one row of text, decoded in one go: SQLite gives the interpreter lock back once per
row, and a busy event loop would take milliseconds to return it each time.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import apsw
import msgspec

from interlock.store.contract import Link, Record, Row

EVENTS_PER_STEP: Final = 5_000
"""Events fetched by one statement, to bound the text that holds them."""

LINKS_PER_STEP: Final = 5_000
ROWS_PER_STEP: Final = 2_000

_SOME_EVENTS: Final = """
FROM (SELECT pos, body FROM event WHERE pos > ?1 {of_topic} ORDER BY pos LIMIT ?2)
"""
_EVENTS: Final = f"SELECT json_group_array(pos), group_concat(body, char(10)) {_SOME_EVENTS}"
_QUOTED_EVENTS: Final = f"SELECT json_group_array(body) {_SOME_EVENTS}"
_LINKS: Final = """
SELECT json_group_array(json_array(first, last, epoch, at_us, hex(hash)))
FROM (SELECT first, last, epoch, at_us, hash FROM link WHERE last > ?1 ORDER BY last LIMIT ?2)
"""
_MENTIONS: Final = """
SELECT json_group_array(json_array(pos, body)) FROM (
    SELECT pos, body FROM event WHERE pos > ?1 AND pos <= ?2 AND instr(body, ?3) ORDER BY pos LIMIT ?4
)
"""
# From each name a seek to the next one: topics have few names and many events.
_TOPICS: Final = """
WITH RECURSIVE name (topic) AS (
    SELECT min(topic) FROM event WHERE topic IS NOT NULL AND topic > ?1
    UNION ALL
    SELECT (SELECT min(topic) FROM event WHERE event.topic IS NOT NULL AND event.topic > name.topic)
    FROM name WHERE name.topic IS NOT NULL
    LIMIT ?2
)
SELECT json_group_array(json_array(topic, (
    SELECT max(pos) FROM event WHERE event.topic IS NOT NULL AND event.topic = name.topic
))) FROM name WHERE topic IS NOT NULL
"""
# The terms of the partial index stand here word for word: else SQLite does not use it.
_ENDED: Final = """
SELECT json_group_array(json_array(kind, id, queue, status, pos, phase, body))
FROM (
    SELECT * FROM state
    WHERE phase <> 1 AND kind IN ('task', 'message') AND kind = ?1 AND status = ?2 AND pos {beyond} ?3
    ORDER BY pos {direction} LIMIT ?4
)
"""
_COUNT_ENDED: Final = """
SELECT json_group_array(json_array(status, number)) FROM (
    SELECT status, count(*) AS number FROM state
    WHERE phase <> 1 AND kind IN ('task', 'message') AND kind = 'task' GROUP BY status
)
"""
_COUNT_DEAD: Final = """
SELECT json_group_array(json_array('dead', number)) FROM (
    SELECT count(*) AS number FROM state WHERE phase = 2 AND phase > 0 AND kind = ?1 HAVING number > 0
)
"""

_positions: Final = msgspec.json.Decoder(list[int])
_texts: Final = msgspec.json.Decoder(list[str])
_links: Final = msgspec.json.Decoder(list[tuple[int, int, int, int, str]])
_pairs: Final = msgspec.json.Decoder(list[tuple[int, str]])
_counts: Final = msgspec.json.Decoder(list[tuple[str, int]])
_rows: Final = msgspec.json.Decoder(list[tuple[str, str, str, str, int, int, str]])


def read_events(
    connection: apsw.Connection, *, after: int, limit: int, topic: str | None
) -> list[Record]:
    """Up to `limit` events behind `after`, of the topic or of all."""
    records: list[Record] = []
    while len(records) < limit:
        step = min(EVENTS_PER_STEP, limit - len(records))
        found = _read_step(connection, after=after, limit=step, topic=topic)
        records.extend(found)
        if len(found) < step:
            break
        after = found[-1].pos
    return records


def _read_step(
    connection: apsw.Connection, *, after: int, limit: int, topic: str | None
) -> list[Record]:
    of_topic = "" if topic is None else "AND topic = ?3"
    bindings = (after, limit) if topic is None else (after, limit, topic)
    answer: Any = connection.execute(_EVENTS.format(of_topic=of_topic), bindings).get
    positions = _positions.decode(answer[0])
    if not positions:
        return []
    # A damaged file may give no text at all.
    bodies = [] if answer[1] is None else answer[1].split("\n")
    if len(bodies) != len(positions):
        # No commit writes a line feed: someone else did. Slower, but the one who verifies must see what is there.
        quoted: Any = connection.execute(_QUOTED_EVENTS.format(of_topic=of_topic), bindings).get
        bodies = _texts.decode(quoted)
    return list(map(Record, positions, bodies))


def read_links(connection: apsw.Connection, *, after: int, limit: int) -> list[Link]:
    """Up to `limit` commits that end behind `after`."""
    links: list[Link] = []
    while len(links) < limit:
        step = min(LINKS_PER_STEP, limit - len(links))
        found = _links.decode(connection.execute(_LINKS, (after, step)).get)
        links += [
            Link(first=first, last=last, epoch=epoch, at_us=at_us, hash=bytes.fromhex(text))
            for first, last, epoch, at_us, text in found
        ]
        if len(found) < step:
            break
        after = links[-1].last
    return links


def read_mentions(
    connection: apsw.Connection, *, text: str, after: int, until: int, limit: int
) -> list[Record]:
    """Up to `limit` events of a range whose text holds `text`."""
    answer = connection.execute(_MENTIONS, (after, until, text, limit)).get
    return [Record(pos, body) for pos, body in _pairs.decode(answer)]


def read_topics(connection: apsw.Connection, *, behind: str, limit: int) -> list[tuple[str, int]]:
    """Up to `limit` topics by name, with their last positions."""
    return _counts.decode(connection.execute(_TOPICS, (behind, limit)).get)


def read_ended(
    connection: apsw.Connection,
    *,
    kind: str,
    status: str,
    behind: int,
    is_newest_first: bool,
    limit: int,
) -> list[Row]:
    """Up to `limit` rows of a kind that ended in a status, by the position of the end."""
    beyond, direction = ("<", "DESC") if is_newest_first else (">", "ASC")
    sql = _ENDED.format(beyond=beyond, direction=direction)
    return _rows_of(connection.execute(sql, (kind, status, behind, limit)).get)


def count_ended(connection: apsw.Connection, *, kind: str) -> dict[str, int]:
    """How many tasks have ended by status, or how many things of another kind are dead letters."""
    if kind == "task":
        return dict(_counts.decode(connection.execute(_COUNT_ENDED).get))
    return dict(_counts.decode(connection.execute(_COUNT_DEAD, (kind,)).get))


def _rows_of(answer: Any) -> list[Row]:
    return [
        Row(kind, id, queue, status, pos, phase, msgspec.Raw(body))
        for kind, id, queue, status, pos, phase, body in _rows.decode(answer)
    ]


class RowScan:
    """State rows in batches, by kind and id, all from the snapshot of its own connection's transaction."""

    def __init__(
        self,
        connect: Callable[[], apsw.Connection],
        *,
        kind: str,
        phase: int | None,
        ids: Sequence[str] | None,
    ) -> None:
        self._connect = connect
        self._connection: apsw.Connection | None = None
        self._kind = kind
        self._phase = phase
        self._ids = None if ids is None else tuple(ids)
        self._last: tuple[str, str] | None = None

    def next_batch(self) -> list[Row]:
        """The next rows; empty at the end."""
        if self._ids is not None and not self._ids:
            return []
        if self._connection is None:
            self._connection = self._connect()
            self._connection.execute("BEGIN")
        rows = _rows_of(self._connection.execute(self._sql(), self._bindings()).get)
        if rows:
            self._last = (rows[-1].kind, rows[-1].id)
        return rows

    def close(self) -> None:
        """Ends the snapshot. An open one keeps the write-ahead log from starting again."""
        if self._connection is not None:
            self._connection.close()

    def _sql(self) -> str:
        where = ["(kind, id) > (:last_kind, :last_id)"] if self._last else []
        if self._kind:
            where.append("kind = :kind")
        if self._phase is not None:
            # The second term lets SQLite use the index of the rows that are not closed.
            where.append("phase = :phase AND phase > 0" if self._phase else "phase = :phase")
        if self._ids is not None:
            where.append("id IN (SELECT value FROM carray(:ids))")
        clause = f"WHERE {' AND '.join(where)}" if where else ""
        return f"""
            SELECT json_group_array(json_array(kind, id, queue, status, pos, phase, body))
            FROM (SELECT * FROM state {clause} ORDER BY kind, id LIMIT {ROWS_PER_STEP})
        """

    def _bindings(self) -> dict[str, object]:
        last_kind, last_id = self._last or ("", "")
        ids = apsw.carray(self._ids) if self._ids else None
        return {
            "last_kind": last_kind,
            "last_id": last_id,
            "kind": self._kind,
            "phase": self._phase,
            "ids": ids,
        }
