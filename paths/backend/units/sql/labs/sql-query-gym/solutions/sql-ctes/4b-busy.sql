SELECT * FROM (
    SELECT t.id, count(l.returned_at) AS loans, avg(l.fee) FILTER (WHERE l.returned_at IS NOT NULL)::numeric(10, 2) AS average_fee
    FROM tools t LEFT JOIN loans l ON l.tool_id = t.id
    GROUP BY t.id
) AS busy
WHERE loans >= $1
ORDER BY id
