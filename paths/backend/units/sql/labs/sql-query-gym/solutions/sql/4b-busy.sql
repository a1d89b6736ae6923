-- WHERE chooses rows before they are grouped, HAVING chooses groups.
SELECT tool_id AS id, count(*) AS loans, round(avg(fee), 2) AS average_fee
FROM loans
WHERE tool_id IS NOT NULL
  AND returned_at IS NOT NULL
GROUP BY tool_id
HAVING count(*) >= $1
ORDER BY tool_id;
