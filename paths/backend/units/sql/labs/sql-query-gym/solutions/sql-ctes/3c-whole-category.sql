-- There is a tool, and none that they have not borrowed.
WITH wanted AS (SELECT id FROM tools WHERE category_id = $1)
SELECT m.id, m.name
FROM members m
WHERE EXISTS (SELECT * FROM wanted)
  AND NOT EXISTS (
    SELECT * FROM wanted w
    WHERE NOT EXISTS (SELECT * FROM loans l WHERE l.member_id = m.id AND l.tool_id = w.id)
  )
ORDER BY m.id
