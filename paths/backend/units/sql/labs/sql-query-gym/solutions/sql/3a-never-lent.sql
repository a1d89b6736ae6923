-- NOT EXISTS, since NOT IN finds nothing as soon as one loan has no tool_id.
SELECT id, name
FROM tools
WHERE NOT EXISTS (SELECT 1 FROM loans WHERE loans.tool_id = tools.id)
ORDER BY id;
