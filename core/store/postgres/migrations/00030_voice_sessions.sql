-- +goose Up

-- touched_at is when something last happened; data is what the columns lack.
CREATE TABLE voice_sessions (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace  TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    open       BOOLEAN NOT NULL,
    touched_at BIGINT NOT NULL,
    data       BYTEA NOT NULL,
    UNIQUE (workspace, id)
);
CREATE INDEX voice_sessions_workspace ON voice_sessions (workspace, seq);
CREATE INDEX voice_sessions_touched ON voice_sessions (touched_at);

CREATE TABLE voice_entries (
    no      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session BIGINT NOT NULL,
    data    BYTEA NOT NULL
);
CREATE INDEX voice_entries_session ON voice_entries (session, no);
