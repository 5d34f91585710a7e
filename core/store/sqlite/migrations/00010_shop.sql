-- +goose Up

-- data is what the columns lack of the cart. Times are microseconds since 1970.
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

-- What was ordered together: ord is the order's seq.
CREATE TABLE order_products (
    ord       INTEGER NOT NULL,
    product   TEXT    NOT NULL,
    workspace INTEGER NOT NULL,
    PRIMARY KEY (ord, product)
) WITHOUT ROWID;
CREATE INDEX order_products_product ON order_products (workspace, product, ord);
