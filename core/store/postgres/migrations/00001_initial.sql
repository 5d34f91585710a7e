-- +goose Up

-- Products are numbered within their workspace: seq = no << 40 | next. A
-- workspace is therefore one range of products, and lists see no other.
CREATE TABLE workspaces (
    no       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     TEXT COLLATE "C" NOT NULL UNIQUE,
    next     BIGINT NOT NULL DEFAULT 0,
    products BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE shops (
    no        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace BIGINT NOT NULL,
    shop      TEXT COLLATE "C" NOT NULL,
    UNIQUE (workspace, shop)
);

-- doc is the REST encoding, data what it and the columns lack of the product.
-- Times are microseconds since 1970, in all tables.
CREATE TABLE products (
    seq          BIGINT PRIMARY KEY,
    workspace    BIGINT NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    shop         BIGINT,
    platform_id  TEXT COLLATE "C",
    active       BOOLEAN NOT NULL,
    stock        BIGINT,
    low          BIGINT NOT NULL,
    price        BIGINT NOT NULL,
    currency     TEXT COLLATE "C" NOT NULL,
    category     TEXT COLLATE "C" NOT NULL,
    availability TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    vanished_at  BIGINT,
    doc          BYTEA    NOT NULL,
    data         BYTEA    NOT NULL,
    UNIQUE (workspace, id)
);
ALTER TABLE products ALTER COLUMN doc SET STORAGE EXTERNAL, ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE INDEX products_shop ON products (shop, seq) WHERE shop IS NOT NULL;

-- What an import remembers of a product. It is apart from products because
-- every import marks every product as seen, and these rows are small.
CREATE TABLE items (
    shop        BIGINT NOT NULL,
    platform_id TEXT COLLATE "C" NOT NULL,
    seq         BIGINT NOT NULL,
    hash        BIGINT NOT NULL,
    handle      TEXT COLLATE "C" NOT NULL,
    updated     TEXT COLLATE "C" NOT NULL,
    vanished    BOOLEAN NOT NULL DEFAULT FALSE,
    seen_job    BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    PRIMARY KEY (shop, platform_id)
);
CREATE INDEX items_handle ON items (shop, handle);

CREATE TABLE history (
    no           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product      BIGINT NOT NULL,
    variant      TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    price        BIGINT NOT NULL,
    compare_at   BIGINT NOT NULL,
    currency     TEXT COLLATE "C" NOT NULL,
    availability TEXT COLLATE "C" NOT NULL,
    stock        BIGINT
);
CREATE INDEX history_product ON history (product);

-- Rows are numbered as in products; terms are catalog.Terms with positions.
-- The table is apart from products, and narrow, so that the pages that a word
-- leads to are few. dense says that a word is there more often
-- than a tsvector can note.
CREATE TABLE product_terms (
    seq   BIGINT   PRIMARY KEY,
    dense BOOLEAN  NOT NULL,
    terms TSVECTOR NOT NULL
);
ALTER TABLE product_terms ALTER COLUMN terms SET STORAGE EXTERNAL;
-- The list of what is not yet in the index is short, for searches read it too.
CREATE INDEX product_terms_terms ON product_terms USING gin (terms) WITH (fastupdate = on, gin_pending_list_limit = 256);

CREATE TABLE kv (
    workspace  TEXT COLLATE "C" NOT NULL,
    plugin     TEXT COLLATE "C" NOT NULL,
    key        TEXT COLLATE "C" NOT NULL,
    value      BYTEA NOT NULL,
    expires_at BIGINT,
    PRIMARY KEY (workspace, plugin, key)
);

CREATE TABLE jobs (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          TEXT COLLATE "C" NOT NULL UNIQUE,
    workspace   TEXT COLLATE "C" NOT NULL,
    shop        TEXT COLLATE "C" NOT NULL,
    state       TEXT COLLATE "C" NOT NULL,
    epoch       BIGINT NOT NULL,
    lease_until BIGINT,
    retry_at    BIGINT,
    data        BYTEA    NOT NULL
);
CREATE INDEX jobs_workspace ON jobs (workspace, seq);
CREATE UNIQUE INDEX jobs_running ON jobs (workspace, shop) WHERE state = 'running';

CREATE TABLE rejections (
    no          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job         BIGINT NOT NULL,
    platform_id TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    reason      TEXT COLLATE "C" NOT NULL
);
CREATE INDEX rejections_job ON rejections (job);
CREATE UNIQUE INDEX rejections_once ON rejections (job, platform_id) WHERE platform_id <> '';

CREATE TABLE refs (
    no      BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job     BIGINT NOT NULL,
    key     TEXT COLLATE "C" NOT NULL,
    url     TEXT COLLATE "C" NOT NULL,
    updated TEXT COLLATE "C" NOT NULL,
    done    BOOLEAN NOT NULL DEFAULT FALSE,
    UNIQUE (job, key)
);
CREATE INDEX refs_open ON refs (job, no) WHERE NOT done;

CREATE TABLE page_records (
    shop          BIGINT NOT NULL,
    plugin        TEXT COLLATE "C" NOT NULL,
    cursor        TEXT COLLATE "C" NOT NULL,
    url           TEXT COLLATE "C" NOT NULL,
    etag          TEXT COLLATE "C" NOT NULL,
    last_modified TEXT COLLATE "C" NOT NULL,
    next          TEXT COLLATE "C" NOT NULL,
    items         BYTEA    NOT NULL,
    PRIMARY KEY (shop, plugin, cursor)
);
