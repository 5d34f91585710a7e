-- +goose Up

-- One row for each workspace that stored any of it. context is the JSON form of
-- knowledge.Context, or null. seeded says that the first questions lie in faqs,
-- or did before they were deleted; until then they are read from the program.
CREATE TABLE knowledge (
    workspace INTEGER PRIMARY KEY,
    context   BLOB,
    seeded    INTEGER NOT NULL DEFAULT 0
);
