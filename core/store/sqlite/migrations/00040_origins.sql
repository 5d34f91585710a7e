-- +goose Up

-- From which layer each field of an imported product was read, in its REST
-- form. It is apart from doc, because lists leave it out.
ALTER TABLE products ADD COLUMN origins TEXT;
