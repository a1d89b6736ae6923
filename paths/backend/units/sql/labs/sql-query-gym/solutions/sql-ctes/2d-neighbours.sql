SELECT DISTINCT least(a.id, b.id) AS first, greatest(a.id, b.id) AS second
FROM members a, members b
WHERE a.city = b.city AND a.id <> b.id
ORDER BY 1, 2
