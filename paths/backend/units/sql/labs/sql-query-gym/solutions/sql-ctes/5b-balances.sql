WITH entries AS (
    SELECT member_id AS id, fee AS amount FROM loans WHERE fee IS NOT NULL
    UNION ALL
    SELECT member_id, -amount FROM payments
)
SELECT id, sum(amount) AS owes
FROM entries
GROUP BY id
HAVING sum(amount) <> 0
ORDER BY id
