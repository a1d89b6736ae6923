-- As many different tools of the category as there are. A category without tools joins to nothing.
SELECT members.id, members.name
FROM members
JOIN loans ON loans.member_id = members.id
JOIN tools ON tools.id = loans.tool_id
WHERE tools.category_id = $1
GROUP BY members.id, members.name
HAVING count(DISTINCT tools.id) = (SELECT count(*) FROM tools WHERE category_id = $1)
ORDER BY members.id;
