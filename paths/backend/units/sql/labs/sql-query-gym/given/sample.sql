-- A small tool library to try your queries on. The checks use other data: more of it, with other names and more surprises.

INSERT INTO members (id, name, city, joined_on, invited_by) VALUES
    (1, 'Ada Olsen',    'Bergen', '2024-01-15', NULL),
    (2, 'Ben O''Hara',  'Cork',   '2024-02-01', 1),
    (3, 'Chidi Eze',    NULL,     '2024-02-01', 1),
    (4, 'Dora Weiß',    'Bergen', '2024-03-10', 2),
    (5, 'Ben O''Hara',  'Bergen', '2024-05-20', NULL),
    (6, 'Emre "Em" Ak', NULL,     '2024-06-30', 4);

INSERT INTO categories (id, name, parent_id) VALUES
    (1, 'Garden',      NULL),
    (2, 'Workshop',    NULL),
    (3, 'Lawn',        1),
    (4, 'Electric',    2),
    (5, 'Robots',      3),
    (6, 'Music',       NULL);

INSERT INTO tools (id, name, category_id, price) VALUES
    (1, 'Drill',             4,    89.90),
    (2, 'Lawn mower',        3,    249.00),
    (3, 'Mowing robot',      5,    NULL),
    (4, 'Charger 100%',      4,    30.00),
    (5, 'Battery_18V',       4,    89.90),
    (6, 'Ladder 4''',        2,    120.50),
    (7, 'Something with a "handle"', NULL, NULL);

INSERT INTO needs (tool_id, needs_id) VALUES
    (1, 5),   -- the drill runs on the battery,
    (5, 4),   -- which is loaded in the charger,
    (4, 5),   -- which is of no use without a battery
    (3, 4), (3, 2);

INSERT INTO loans (id, tool_id, member_id, taken_at, returned_at, fee) VALUES
    (1, 1,    1, '2024-03-01 00:00:00',   '2024-03-03 18:00:00', 4.50),
    (2, 1,    2, '2024-03-31 17:30:00',   '2024-04-02 09:15:00', 0.00),
    (3, 2,    2, '2024-03-31 17:30:00',   NULL,                  NULL),
    (4, 4,    4, '2024-04-01 00:00:00',   '2024-04-01 12:00:00', NULL),
    (5, 5,    4, '2024-04-05 10:00:00',   '2024-04-06 10:00:00', 3.25),
    (6, NULL, 1, '2024-05-02 08:00:00',   NULL,                  NULL),
    (7, 1,    4, '2024-06-11 16:45:00',   '2024-06-12 16:45:00', 4.50),
    (8, 1,    1, '2024-06-11 16:45:00',   NULL,                  5.00);

INSERT INTO payments (id, member_id, amount, paid_on) VALUES
    (1, 1, 4.50, '2024-03-03'),
    (2, 4, 5.00, '2024-04-06'),
    (3, 4, 5.00, '2024-06-12');
