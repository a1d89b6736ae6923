-- Whoever is not known to live there.
SELECT id, name
FROM members
WHERE (city = $1) IS NOT TRUE
ORDER BY id
