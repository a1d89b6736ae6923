-- NULL is not known to be another city: it has to be asked for.
SELECT id, name
FROM members
WHERE city <> $1
   OR city IS NULL
ORDER BY id;
