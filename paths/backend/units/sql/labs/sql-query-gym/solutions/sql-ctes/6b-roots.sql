-- Upwards, from each category with tools to its top.
WITH RECURSIVE climbing AS (
    SELECT c.id, c.parent_id, (SELECT count(*) FROM tools t WHERE t.category_id = c.id) AS tools FROM categories c
    UNION ALL
    SELECT p.id, p.parent_id, c.tools FROM climbing c JOIN categories p ON p.id = c.parent_id
)
SELECT id, (SELECT name FROM categories WHERE categories.id = climbing.id) AS name, sum(tools) AS tools
FROM climbing
WHERE parent_id IS NULL
GROUP BY id
ORDER BY id
