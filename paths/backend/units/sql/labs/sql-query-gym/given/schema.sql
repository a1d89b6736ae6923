-- The tool library: members borrow tools. This is what PostgreSQL begins with, here and when your queries are checked.

CREATE TABLE members (
    id         integer PRIMARY KEY,
    name       varchar(200) NOT NULL,                -- two members may have the same name
    city       varchar(100),                         -- NULL: has not said
    joined_on  date NOT NULL,
    invited_by integer REFERENCES members (id)       -- NULL: came without an invitation
);

CREATE TABLE categories (
    id        integer PRIMARY KEY,
    name      varchar(100) NOT NULL,
    parent_id integer REFERENCES categories (id)     -- NULL: at the top
);

CREATE TABLE tools (
    id          integer PRIMARY KEY,
    name        varchar(200) NOT NULL,               -- two tools may have the same name
    category_id integer REFERENCES categories (id),  -- NULL: not sorted in yet
    price       numeric(8, 2)                        -- what it cost; NULL: it was a gift
);

CREATE TABLE needs (                                 -- who takes the first tool needs the second one, too
    tool_id  integer NOT NULL REFERENCES tools (id),
    needs_id integer NOT NULL REFERENCES tools (id),
    PRIMARY KEY (tool_id, needs_id)
);

CREATE TABLE loans (
    id          integer PRIMARY KEY,
    tool_id     integer REFERENCES tools (id),       -- NULL: the label could not be read
    member_id   integer NOT NULL REFERENCES members (id),
    taken_at    timestamp NOT NULL,
    returned_at timestamp,                           -- NULL: not back yet
    fee         numeric(8, 2)                        -- NULL: not decided yet; 0: free
);

CREATE TABLE payments (
    id        integer PRIMARY KEY,
    member_id integer NOT NULL REFERENCES members (id),
    amount    numeric(8, 2) NOT NULL,
    paid_on   date NOT NULL
);
