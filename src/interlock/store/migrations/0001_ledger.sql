-- A ledger: the log of events, the rows folded from it, and the chain that binds every commit to the one before.
-- Only the owner's process writes. Reading with any SQLite tool while it runs is welcome.

-- The log. `pos` is dense: 1, 2, 3 ... without a gap. `body` is the JSON text that the hash chain covers.
CREATE TABLE event (
    pos   INTEGER PRIMARY KEY,
    body  TEXT NOT NULL,
    type  TEXT GENERATED ALWAYS AS (body ->> '$.type') VIRTUAL,
    topic TEXT GENERATED ALWAYS AS (
        CASE WHEN json_type(body, '$.topic') = 'text' THEN body ->> '$.topic' END
    ) VIRTUAL
);
CREATE INDEX event_by_topic ON event (topic, pos) WHERE topic IS NOT NULL;

-- What the log says of each thing now. phase: 0 closed, 1 open, 2 dead letter. `pos` changed the row last.
CREATE TABLE state (
    kind   TEXT NOT NULL,
    id     TEXT NOT NULL,
    queue  TEXT NOT NULL,
    status TEXT NOT NULL,
    pos    INTEGER NOT NULL,
    phase  INTEGER NOT NULL,
    body   TEXT NOT NULL,
    PRIMARY KEY (kind, id)
) WITHOUT ROWID;
-- A restart reads the open rows through this index, however many closed ones there are.
CREATE INDEX state_in_phase ON state (phase, kind, id) WHERE phase > 0;

-- One commit per row: positions `first` to `last`, by the owner of `epoch`, at hub time `at_us`.
CREATE TABLE link (
    last  INTEGER PRIMARY KEY,
    first INTEGER NOT NULL UNIQUE,
    epoch INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    hash  BLOB NOT NULL
);

-- The shard this file keeps, and its latest owner. The lock file says whether that owner lives.
CREATE TABLE owner (
    shard   TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    epoch   INTEGER NOT NULL,
    address TEXT NOT NULL,
    pid     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO meta (key, value) VALUES ('settled', 0);

-- For people: SELECT * FROM task; SELECT * FROM history;
CREATE VIEW task AS
SELECT id, queue, status, phase, pos, body FROM state WHERE kind = 'task';

CREATE VIEW history AS
SELECT
    event.pos,
    event.type,
    event.topic,
    strftime('%Y-%m-%dT%H:%M:%fZ', link.at_us / 1000000.0, 'unixepoch') AS at,
    link.epoch,
    event.body
FROM event
JOIN link ON link.last = (SELECT min(last) FROM link WHERE last >= event.pos);
