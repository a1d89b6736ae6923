SELECT id, name
FROM members
WHERE city IS NOT DISTINCT FROM coalesce($1, city)
  AND joined_on >= coalesce($2, date '-infinity')
ORDER BY joined_on DESC, id
FETCH FIRST $3 ROWS ONLY
