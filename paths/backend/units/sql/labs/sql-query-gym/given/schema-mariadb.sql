-- The same tables for MariaDB and MySQL (stage 8). What differs: datetime(6) for timestamp, and the collation,
-- because by default they take 'a' for 'A' and 'o' for 'ö'.

CREATE TABLE members (
    id         integer PRIMARY KEY,
    name       varchar(200) NOT NULL,
    city       varchar(100),
    joined_on  date NOT NULL,
    invited_by integer REFERENCES members (id)
) COLLATE utf8mb4_bin;

CREATE TABLE categories (
    id        integer PRIMARY KEY,
    name      varchar(100) NOT NULL,
    parent_id integer REFERENCES categories (id)
) COLLATE utf8mb4_bin;

CREATE TABLE tools (
    id          integer PRIMARY KEY,
    name        varchar(200) NOT NULL,
    category_id integer REFERENCES categories (id),
    price       numeric(8, 2)
) COLLATE utf8mb4_bin;

CREATE TABLE needs (
    tool_id  integer NOT NULL REFERENCES tools (id),
    needs_id integer NOT NULL REFERENCES tools (id),
    PRIMARY KEY (tool_id, needs_id)
);

CREATE TABLE loans (
    id          integer PRIMARY KEY,
    tool_id     integer REFERENCES tools (id),
    member_id   integer NOT NULL REFERENCES members (id),
    taken_at    datetime(6) NOT NULL,
    returned_at datetime(6),
    fee         numeric(8, 2)
);

CREATE TABLE payments (
    id        integer PRIMARY KEY,
    member_id integer NOT NULL REFERENCES members (id),
    amount    numeric(8, 2) NOT NULL,
    paid_on   date NOT NULL
);
