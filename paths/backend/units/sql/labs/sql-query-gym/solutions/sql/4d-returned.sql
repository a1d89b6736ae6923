-- NULLIF: of no loans there is no share, and nothing is divided by zero.
SELECT count(*) AS loans,
       count(returned_at) AS returned,
       round(100.0 * count(returned_at) / nullif(count(*), 0), 1) AS percent
FROM loans
WHERE taken_at >= $1
  AND taken_at < $2 + INTERVAL '1' DAY;
