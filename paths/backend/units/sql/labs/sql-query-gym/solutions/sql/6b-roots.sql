-- Each row remembers the top that it came from.
WITH RECURSIVE branch AS (
    SELECT id AS top, id FROM categories WHERE parent_id IS NULL
    UNION ALL
    SELECT branch.top, categories.id
    FROM branch
    JOIN categories ON categories.parent_id = branch.id
)
SELECT categories.id, categories.name, count(tools.id) AS tools
FROM categories
JOIN branch ON branch.top = categories.id
LEFT JOIN tools ON tools.category_id = branch.id
GROUP BY categories.id, categories.name
ORDER BY categories.id;
