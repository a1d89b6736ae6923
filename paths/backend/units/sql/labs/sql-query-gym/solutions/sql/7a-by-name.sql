SELECT id, city
FROM members
WHERE name = $1
ORDER BY id;
