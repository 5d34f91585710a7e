-- +goose Up

-- data is what the columns lack of an import.
CREATE TABLE catalog_imports (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT    NOT NULL UNIQUE,
    workspace   TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    epoch       INTEGER NOT NULL,
    lease_until INTEGER,
    data        BLOB    NOT NULL
);
CREATE INDEX catalog_imports_workspace ON catalog_imports (workspace, seq);
CREATE INDEX catalog_imports_open ON catalog_imports (seq) WHERE state IN ('pending', 'processing');

-- What an import reads, until it ends.
CREATE TABLE import_parts (
    import INTEGER NOT NULL,
    part   INTEGER NOT NULL,
    data   BLOB    NOT NULL,
    PRIMARY KEY (import, part)
);
