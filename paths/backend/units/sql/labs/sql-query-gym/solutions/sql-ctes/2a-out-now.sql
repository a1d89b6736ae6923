WITH out_now AS (SELECT * FROM loans WHERE returned_at IS NULL)
SELECT o.id AS loan,
       (SELECT m.name FROM members m WHERE m.id = o.member_id) AS member,
       (SELECT t.name FROM tools t WHERE t.id = o.tool_id) AS tool
FROM out_now o
ORDER BY loan
