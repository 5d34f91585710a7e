-- Written by go test -run TestSchema -update; change migrations instead.
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
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
    data         BLOB    NOT NULL, origins TEXT,
    UNIQUE (workspace, id)
);
CREATE INDEX products_shop ON products (shop) WHERE shop IS NOT NULL;
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
CREATE TABLE knowledge (
    workspace INTEGER PRIMARY KEY,
    context   BLOB,
    seeded    INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE carts (
    seq        INTEGER PRIMARY KEY,
    workspace  INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    data       BLOB    NOT NULL,
    UNIQUE (workspace, id)
);
CREATE INDEX carts_updated ON carts (updated_at);
CREATE TABLE orders (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace  INTEGER NOT NULL,
    number     TEXT    NOT NULL,
    cart       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    data       BLOB    NOT NULL,
    UNIQUE (workspace, number)
);
CREATE UNIQUE INDEX orders_key ON orders (workspace, cart, key) WHERE key <> '';
CREATE INDEX orders_workspace ON orders (workspace);
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
CREATE TABLE import_parts (
    import INTEGER NOT NULL,
    part   INTEGER NOT NULL,
    data   BLOB    NOT NULL,
    PRIMARY KEY (import, part)
);
CREATE TABLE voice_sessions (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace  TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    open       INTEGER NOT NULL,
    touched_at INTEGER NOT NULL,
    data       BLOB    NOT NULL,
    UNIQUE (workspace, id)
);
CREATE INDEX voice_sessions_workspace ON voice_sessions (workspace, seq);
CREATE INDEX voice_sessions_touched ON voice_sessions (touched_at);
CREATE TABLE voice_entries (
    no      INTEGER PRIMARY KEY AUTOINCREMENT,
    session INTEGER NOT NULL,
    data    BLOB    NOT NULL
);
CREATE INDEX voice_entries_session ON voice_entries (session, no);
CREATE TABLE ordered (
    ord     INTEGER NOT NULL,
    product INTEGER NOT NULL,
    PRIMARY KEY (ord, product)
) WITHOUT ROWID;
CREATE INDEX ordered_product ON ordered (product, ord);
CREATE TABLE river_leader (
    elected_at timestamp NOT NULL,
    expires_at timestamp NOT NULL,
    leader_id text NOT NULL,
    name text PRIMARY KEY NOT NULL DEFAULT 'default' CHECK (name = 'default'),
    CONSTRAINT name_length CHECK (length(name) > 0 AND length(name) < 128),
    CONSTRAINT leader_id_length CHECK (length(leader_id) > 0 AND length(leader_id) < 128)
);
CREATE TABLE river_migration (
    line text NOT NULL,
    version integer NOT NULL,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT line_length CHECK (length(line) > 0 AND length(line) < 128),
    CONSTRAINT version_gte_1 CHECK (version >= 1),
    PRIMARY KEY (line, version)
);
CREATE TABLE river_notification (
    id integer PRIMARY KEY AUTOINCREMENT,
    created_at timestamp NOT NULL DEFAULT (datetime('now', 'subsec')),
    payload text NOT NULL,
    topic text NOT NULL,
    CONSTRAINT topic_length CHECK (length(topic) > 0 AND length(topic) < 128)
);
CREATE INDEX river_notification_created_at_idx ON river_notification (created_at);
CREATE INDEX river_notification_topic_id_idx ON river_notification (topic, id);
CREATE TABLE river_queue (
    name text PRIMARY KEY NOT NULL,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    metadata blob NOT NULL DEFAULT (jsonb('{}')),
    paused_at timestamp,
    updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE river_job (
    id integer PRIMARY KEY AUTOINCREMENT,
    args blob NOT NULL DEFAULT (jsonb('{}')),
    attempt integer NOT NULL DEFAULT 0,
    attempted_at timestamp,
    attempted_by blob, -- json
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    errors blob, -- json
    finalized_at timestamp,
    kind text NOT NULL,
    max_attempts integer NOT NULL DEFAULT 25,
    metadata blob NOT NULL DEFAULT (jsonb('{}')),
    priority integer NOT NULL DEFAULT 1,
    queue text NOT NULL DEFAULT 'default',
    state text NOT NULL DEFAULT 'available',
    scheduled_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    tags blob NOT NULL DEFAULT (jsonb('[]')),
    unique_key blob,
    unique_states integer,
    CONSTRAINT finalized_or_finalized_at_null CHECK (
        (finalized_at IS NULL AND state NOT IN ('cancelled', 'completed', 'discarded')) OR
        (finalized_at IS NOT NULL AND state IN ('cancelled', 'completed', 'discarded'))
    ),
    CONSTRAINT priority_in_range CHECK (priority >= 1 AND priority <= 4),
    CONSTRAINT queue_length CHECK (length(queue) > 0 AND length(queue) < 128),
    CONSTRAINT kind_length CHECK (length(kind) > 0 AND length(kind) < 128),
    CONSTRAINT state_valid CHECK (state IN ('available', 'cancelled', 'completed', 'discarded', 'pending', 'retryable', 'running', 'scheduled'))
);
CREATE INDEX river_job_kind ON river_job (kind);
CREATE INDEX river_job_state_and_finalized_at_index ON river_job (state, finalized_at) WHERE finalized_at IS NOT NULL;
CREATE INDEX river_job_prioritized_fetching_index ON river_job (state, queue, priority, scheduled_at, id);
CREATE UNIQUE INDEX river_job_unique_idx ON river_job (unique_key)
    WHERE unique_key IS NOT NULL
        AND unique_states IS NOT NULL
        AND CASE state
            WHEN 'available' THEN unique_states & (1 << 0)
            WHEN 'cancelled' THEN unique_states & (1 << 1)
            WHEN 'completed' THEN unique_states & (1 << 2)
            WHEN 'discarded' THEN unique_states & (1 << 3)
            WHEN 'pending'   THEN unique_states & (1 << 4)
            WHEN 'retryable' THEN unique_states & (1 << 5)
            WHEN 'running'   THEN unique_states & (1 << 6)
            WHEN 'scheduled' THEN unique_states & (1 << 7)
            ELSE 0
        END >= 1;
INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1);
INSERT INTO goose_db_version (version_id, is_applied) VALUES (1, 1);
INSERT INTO goose_db_version (version_id, is_applied) VALUES (3, 1);
INSERT INTO goose_db_version (version_id, is_applied) VALUES (10, 1);
INSERT INTO goose_db_version (version_id, is_applied) VALUES (20, 1);
INSERT INTO goose_db_version (version_id, is_applied) VALUES (21, 1);
INSERT INTO goose_db_version (version_id, is_applied) VALUES (30, 1);
INSERT INTO goose_db_version (version_id, is_applied) VALUES (40, 1);
INSERT INTO goose_db_version (version_id, is_applied) VALUES (50, 1);
INSERT INTO river_migration (line, version) VALUES ('main', 1);
INSERT INTO river_migration (line, version) VALUES ('main', 2);
INSERT INTO river_migration (line, version) VALUES ('main', 3);
INSERT INTO river_migration (line, version) VALUES ('main', 4);
INSERT INTO river_migration (line, version) VALUES ('main', 5);
INSERT INTO river_migration (line, version) VALUES ('main', 6);
INSERT INTO river_migration (line, version) VALUES ('main', 7);
INSERT INTO river_migration (line, version) VALUES ('main', 8);
