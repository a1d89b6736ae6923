WITH newcomers AS (SELECT * FROM members WHERE joined_on >= $1)
SELECT n.name AS member, h.name AS invited_by
FROM members h
RIGHT JOIN newcomers n ON n.invited_by = h.id
ORDER BY n.id
