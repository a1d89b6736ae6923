WITH counted AS (
    SELECT tools.id, count(loans.id) AS loans
    FROM tools
    LEFT JOIN loans ON loans.tool_id = tools.id
    GROUP BY tools.id
)
SELECT id, loans
FROM counted
WHERE loans > (SELECT avg(loans) FROM counted)
ORDER BY loans DESC, id;
