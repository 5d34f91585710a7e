-- +goose Up

-- data is what the columns lack of the cart. Times are microseconds since 1970.
CREATE TABLE carts (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace  BIGINT NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    data       BYTEA NOT NULL,
    UNIQUE (workspace, id)
);
CREATE INDEX carts_updated ON carts (updated_at);

CREATE TABLE orders (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace  BIGINT NOT NULL,
    number     TEXT COLLATE "C" NOT NULL,
    cart       TEXT COLLATE "C" NOT NULL,
    key        TEXT COLLATE "C" NOT NULL,
    state      TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    data       BYTEA NOT NULL,
    UNIQUE (workspace, number)
);
CREATE UNIQUE INDEX orders_key ON orders (workspace, cart, key) WHERE key <> '';
CREATE INDEX orders_workspace ON orders (workspace, seq);

-- What was ordered together: ord is the order's seq.
CREATE TABLE order_products (
    ord       BIGINT NOT NULL,
    product   TEXT COLLATE "C" NOT NULL,
    workspace BIGINT NOT NULL,
    PRIMARY KEY (ord, product)
);
CREATE INDEX order_products_product ON order_products (workspace, product, ord);
