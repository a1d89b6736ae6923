WITH RECURSIVE ways (id, way) AS (
    SELECT $1::integer, ARRAY[$1::integer]
    UNION ALL
    SELECT n.needs_id, w.way || n.needs_id
    FROM ways w JOIN needs n ON n.tool_id = w.id
    WHERE n.needs_id <> ALL (w.way)
)
SELECT id, min(cardinality(way)) - 1 AS steps
FROM ways
WHERE id <> $1
GROUP BY id
ORDER BY 2, 1
