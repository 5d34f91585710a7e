-- +goose Up

-- touched_at is when something last happened; data is what the columns lack.
CREATE TABLE voice_sessions (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace  TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    open       INTEGER NOT NULL,
    touched_at INTEGER NOT NULL,
    data       BLOB    NOT NULL,
    UNIQUE (workspace, id)
);
CREATE INDEX voice_sessions_workspace ON voice_sessions (workspace, seq);
CREATE INDEX voice_sessions_touched ON voice_sessions (touched_at);

CREATE TABLE voice_entries (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL,
    data    BLOB    NOT NULL
);
CREATE INDEX voice_entries_session ON voice_entries (session, no);
