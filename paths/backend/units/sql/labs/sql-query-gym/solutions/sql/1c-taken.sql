-- Half-open: from the first moment of the first day up to the first moment after the last one.
SELECT id, taken_at
FROM loans
WHERE taken_at >= $1
  AND taken_at < $2 + INTERVAL '1' DAY
ORDER BY taken_at, id;
