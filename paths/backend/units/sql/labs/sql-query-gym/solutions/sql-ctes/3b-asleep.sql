WITH last_loans AS (SELECT member_id, max(taken_at) AS taken_at FROM loans GROUP BY member_id)
SELECT m.id, m.name
FROM members m
JOIN last_loans l ON l.member_id = m.id
WHERE l.taken_at < $1
ORDER BY m.id
