-- +goose Up

-- One row for each workspace that stored any of it. context is the JSON form of
-- knowledge.Context, or null. seeded says that the first questions lie in faqs,
-- or did before they were deleted; until then they are read from the program.
CREATE TABLE knowledge (
    workspace BIGINT PRIMARY KEY,
    context   BYTEA,
    seeded    BOOLEAN NOT NULL DEFAULT FALSE
);
