SELECT DISTINCT ON (l.tool_id) l.tool_id AS tool, l.id AS loan, m.name AS member
FROM loans l
JOIN members m ON m.id = l.member_id
WHERE l.tool_id IS NOT NULL
ORDER BY l.tool_id, l.taken_at DESC, l.id DESC
