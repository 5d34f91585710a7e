-- +goose Up

-- What was ordered together: ord is the order's seq, product the product's,
-- which takes a quarter of the pages that its id took. Who is not in the
-- catalogue any more is not recommended.
CREATE TABLE ordered (
    ord     BIGINT NOT NULL,
    product BIGINT NOT NULL,
    PRIMARY KEY (ord, product)
);
INSERT INTO ordered (ord, product)
    SELECT o.ord, p.seq FROM order_products o JOIN products p ON p.workspace = o.workspace AND p.id = o.product;
CREATE INDEX ordered_product ON ordered (product, ord);
DROP TABLE order_products;
