-- No shortest way has more steps than there are tools, so that walking in circles ends there; UNION drops what is
-- reached twice with the same number of steps.
WITH RECURSIVE reached AS (
    SELECT needs_id AS id, 1 AS steps
    FROM needs
    WHERE tool_id = $1
    UNION
    SELECT needs.needs_id, reached.steps + 1
    FROM reached
    JOIN needs ON needs.tool_id = reached.id
    WHERE reached.steps < (SELECT count(*) FROM tools)
)
SELECT id, min(steps) AS steps
FROM reached
WHERE id <> $1
GROUP BY id
ORDER BY steps, id;
