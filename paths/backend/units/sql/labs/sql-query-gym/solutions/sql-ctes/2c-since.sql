WITH recent AS (SELECT id, tool_id FROM loans WHERE taken_at >= $1)
SELECT t.id AS tool, r.id AS loan FROM tools t JOIN recent r ON r.tool_id = t.id
UNION ALL
SELECT t.id, NULL FROM tools t WHERE t.id NOT IN (SELECT tool_id FROM recent WHERE tool_id IS NOT NULL)
ORDER BY tool, loan
