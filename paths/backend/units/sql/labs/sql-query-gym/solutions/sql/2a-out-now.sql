-- LEFT JOIN: a loan stays in the list when its tool is not known.
SELECT loans.id AS loan, members.name AS member, tools.name AS tool
FROM loans
JOIN members ON members.id = loans.member_id
LEFT JOIN tools ON tools.id = loans.tool_id
WHERE loans.returned_at IS NULL
ORDER BY loans.id;
