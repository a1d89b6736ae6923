WITH taken AS (
    SELECT returned_at FROM loans WHERE cast(taken_at AS date) BETWEEN $1 AND $2
), counted AS (
    SELECT count(*) AS loans, count(returned_at) AS returned FROM taken
)
SELECT loans, returned,
       CASE WHEN loans > 0 THEN round(cast(100 * returned AS decimal(20, 4)) / loans, 1) END AS percent
FROM counted
