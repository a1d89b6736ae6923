-- The day belongs into ON: it says which loans count, and not which tools are shown.
SELECT tools.id AS tool, loans.id AS loan
FROM tools
LEFT JOIN loans ON loans.tool_id = tools.id AND loans.taken_at >= $1
ORDER BY tools.id, loans.id;
