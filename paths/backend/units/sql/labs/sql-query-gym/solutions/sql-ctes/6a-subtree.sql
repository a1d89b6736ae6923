WITH RECURSIVE below (id, names) AS (
    SELECT id, ARRAY[name::text] FROM categories WHERE id = $1
    UNION ALL
    SELECT c.id, b.names || c.name::text FROM categories c, below b WHERE c.parent_id = b.id
)
SELECT id, cardinality(names) - 1 AS depth, array_to_string(names, ' > ') AS path
FROM below
ORDER BY depth, id
