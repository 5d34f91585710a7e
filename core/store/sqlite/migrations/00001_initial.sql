-- +goose Up

-- Products are numbered within their workspace: seq = no << 40 | next. A
-- workspace is therefore one range of rowids in products and in the index, and
-- neither lists nor searches see the others.
CREATE TABLE workspaces (
    no       INTEGER PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE,
    next     INTEGER NOT NULL DEFAULT 0,
    products INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE shops (
    no        INTEGER PRIMARY KEY,
    workspace INTEGER NOT NULL,
    shop      TEXT    NOT NULL,
    UNIQUE (workspace, shop)
);

-- doc is the REST encoding, data what it and the columns lack of the product.
-- Times are microseconds since 1970, in all tables.
CREATE TABLE products (
    seq          INTEGER PRIMARY KEY,
    workspace    INTEGER NOT NULL,
    id           TEXT    NOT NULL,
    shop         INTEGER,
    platform_id  TEXT,
    active       INTEGER NOT NULL,
    stock        INTEGER,
    low          INTEGER NOT NULL,
    price        INTEGER NOT NULL,
    currency     TEXT    NOT NULL,
    category     TEXT    NOT NULL,
    availability TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    vanished_at  INTEGER,
    doc          BLOB    NOT NULL,
    data         BLOB    NOT NULL,
    UNIQUE (workspace, id)
);
CREATE INDEX products_shop ON products (shop) WHERE shop IS NOT NULL;

-- What an import remembers of a product. It is apart from products because
-- every import marks every product as seen, and these rows are small.
CREATE TABLE items (
    shop        INTEGER NOT NULL,
    platform_id TEXT    NOT NULL,
    seq         INTEGER NOT NULL,
    hash        INTEGER NOT NULL,
    handle      TEXT    NOT NULL,
    updated     TEXT    NOT NULL,
    vanished    INTEGER NOT NULL DEFAULT 0,
    seen_job    INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    PRIMARY KEY (shop, platform_id)
) WITHOUT ROWID;
CREATE INDEX items_handle ON items (shop, handle);

CREATE TABLE history (
    no           INTEGER PRIMARY KEY,
    product      INTEGER NOT NULL,
    variant      TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    price        INTEGER NOT NULL,
    compare_at   INTEGER NOT NULL,
    currency     TEXT    NOT NULL,
    availability TEXT    NOT NULL,
    stock        INTEGER
);
CREATE INDEX history_product ON history (product);

-- Rows are numbered as in products; terms are catalog.Terms.
CREATE VIRTUAL TABLE product_terms USING fts5 (terms, content = '', contentless_delete = 1, tokenize = 'ascii');

CREATE TABLE kv (
    workspace  TEXT NOT NULL,
    plugin     TEXT NOT NULL,
    key        TEXT NOT NULL,
    value      BLOB NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (workspace, plugin, key)
) WITHOUT ROWID;

CREATE TABLE jobs (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT    NOT NULL UNIQUE,
    workspace   TEXT    NOT NULL,
    shop        TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    epoch       INTEGER NOT NULL,
    lease_until INTEGER,
    retry_at    INTEGER,
    data        BLOB    NOT NULL
);
CREATE INDEX jobs_workspace ON jobs (workspace);
CREATE UNIQUE INDEX jobs_running ON jobs (workspace, shop) WHERE state = 'running';

CREATE TABLE rejections (
    no          INTEGER PRIMARY KEY,
    job         INTEGER NOT NULL,
    platform_id TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    reason      TEXT    NOT NULL
);
CREATE INDEX rejections_job ON rejections (job);
CREATE UNIQUE INDEX rejections_once ON rejections (job, platform_id) WHERE platform_id <> '';

CREATE TABLE refs (
    no      INTEGER PRIMARY KEY,
    job     INTEGER NOT NULL,
    key     TEXT    NOT NULL,
    url     TEXT    NOT NULL,
    updated TEXT    NOT NULL,
    done    INTEGER NOT NULL DEFAULT 0,
    UNIQUE (job, key)
);
CREATE INDEX refs_open ON refs (job, no) WHERE NOT done;

CREATE TABLE page_records (
    shop          INTEGER NOT NULL,
    plugin        TEXT    NOT NULL,
    cursor        TEXT    NOT NULL,
    url           TEXT    NOT NULL,
    etag          TEXT    NOT NULL,
    last_modified TEXT    NOT NULL,
    next          TEXT    NOT NULL,
    items         BLOB    NOT NULL,
    PRIMARY KEY (shop, plugin, cursor)
) WITHOUT ROWID;
