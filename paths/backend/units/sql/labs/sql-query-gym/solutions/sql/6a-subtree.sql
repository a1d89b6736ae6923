WITH RECURSIVE below AS (
    SELECT id, 0 AS depth, CAST(name AS text) AS path
    FROM categories
    WHERE id = $1
    UNION ALL
    SELECT categories.id, below.depth + 1, below.path || ' > ' || categories.name
    FROM below
    JOIN categories ON categories.parent_id = below.id
)
SELECT id, depth, path
FROM below
ORDER BY depth, id;
