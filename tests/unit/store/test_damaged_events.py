"""What a damaged file holds is told as damage, whatever it looks like."""

import apsw
import msgspec
import pytest

from interlock.store.sqlite_read import read_events


def test_an_event_without_a_text_is_no_event() -> None:
    connection = apsw.Connection(":memory:")
    connection.execute("CREATE TABLE event (pos INTEGER PRIMARY KEY, body TEXT, topic TEXT)")
    connection.execute("INSERT INTO event (pos, body) VALUES (1, NULL)")

    with pytest.raises(msgspec.ValidationError):
        read_events(connection, after=0, limit=10, topic=None)
