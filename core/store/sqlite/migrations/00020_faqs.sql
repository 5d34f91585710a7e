-- +goose Up

-- data is what the columns lack of a question.
CREATE TABLE faqs (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace  INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    active     INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    data       BLOB    NOT NULL,
    UNIQUE (workspace, id)
);
CREATE INDEX faqs_workspace ON faqs (workspace, seq);
