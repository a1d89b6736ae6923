SELECT tool_id AS id, count(*) AS loans
FROM loans
WHERE tool_id IS NOT NULL
GROUP BY tool_id
HAVING count(*) * (SELECT count(*) FROM tools) > (SELECT count(tool_id) FROM loans)
ORDER BY loans DESC, id
