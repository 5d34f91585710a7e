-- +goose Up

-- data is what the columns lack of an import.
CREATE TABLE catalog_imports (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          TEXT COLLATE "C" NOT NULL UNIQUE,
    workspace   TEXT COLLATE "C" NOT NULL,
    state       TEXT COLLATE "C" NOT NULL,
    epoch       BIGINT NOT NULL,
    lease_until BIGINT,
    data        BYTEA NOT NULL
);
CREATE INDEX catalog_imports_workspace ON catalog_imports (workspace, seq);
CREATE INDEX catalog_imports_open ON catalog_imports (seq) WHERE state IN ('pending', 'processing');

-- What an import reads, until it ends.
CREATE TABLE import_parts (
    import BIGINT NOT NULL,
    part   BIGINT NOT NULL,
    data   BYTEA NOT NULL,
    PRIMARY KEY (import, part)
);
