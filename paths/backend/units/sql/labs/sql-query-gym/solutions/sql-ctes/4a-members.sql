WITH sums AS (
    SELECT member_id,
           count(*) AS loans,
           sum(CASE WHEN returned_at IS NULL THEN 0 ELSE 1 END) AS returned,
           sum(coalesce(fee, 0)) AS fees
    FROM loans
    GROUP BY member_id
)
SELECT m.id, coalesce(s.loans, 0) AS loans, coalesce(s.returned, 0) AS returned, coalesce(s.fees, 0) AS fees
FROM members m
LEFT JOIN sums s ON s.member_id = m.id
ORDER BY 2 DESC, 1
