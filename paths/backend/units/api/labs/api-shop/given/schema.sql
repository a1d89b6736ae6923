-- The database of the shop. It is there when your program starts; other programs of the shop use it, too.

CREATE TABLE products (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku         text NOT NULL UNIQUE,
    name        text NOT NULL,
    description text,
    category    text NOT NULL,
    price_cents integer NOT NULL CHECK (price_cents >= 0),
    stock       integer NOT NULL CHECK (stock >= 0),
    version     integer NOT NULL DEFAULT 1 -- whoever changes a product adds 1
);

CREATE TABLE orders (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer    text NOT NULL,
    total_cents bigint NOT NULL CHECK (total_cents >= 0)
);

CREATE TABLE order_lines (
    order_id    integer NOT NULL REFERENCES orders,
    line        integer NOT NULL, -- from 1, as the customer wrote them
    product_id  integer NOT NULL REFERENCES products,
    quantity    integer NOT NULL CHECK (quantity > 0),
    price_cents integer NOT NULL CHECK (price_cents >= 0), -- of one piece, on the day of the order
    PRIMARY KEY (order_id, line)
);
