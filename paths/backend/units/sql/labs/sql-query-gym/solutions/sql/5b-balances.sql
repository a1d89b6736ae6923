-- Each list is summed up before they meet: joined as they are, every fee would meet every payment.
WITH fees AS (
    SELECT member_id, sum(fee) AS amount FROM loans GROUP BY member_id
), paid AS (
    SELECT member_id, sum(amount) AS amount FROM payments GROUP BY member_id
), balances AS (
    SELECT members.id, coalesce(fees.amount, 0) - coalesce(paid.amount, 0) AS owes
    FROM members
    LEFT JOIN fees ON fees.member_id = members.id
    LEFT JOIN paid ON paid.member_id = members.id
)
SELECT id, owes
FROM balances
WHERE owes <> 0
ORDER BY id;
