-- +goose Up

-- data is what the columns lack of a question.
CREATE TABLE faqs (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace  BIGINT NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    active     BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    data       BYTEA NOT NULL,
    UNIQUE (workspace, id)
);
CREATE INDEX faqs_workspace ON faqs (workspace, seq);
