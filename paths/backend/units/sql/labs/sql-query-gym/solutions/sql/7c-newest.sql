SELECT id, name
FROM members
WHERE (city = $1 OR $1 IS NULL)
  AND (joined_on >= $2 OR $2 IS NULL)
ORDER BY joined_on DESC, id
LIMIT $3;
