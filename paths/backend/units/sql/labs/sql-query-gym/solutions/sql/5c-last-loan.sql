-- The loan than which there is no newer one of the same tool.
SELECT loans.tool_id AS tool, loans.id AS loan, members.name AS member
FROM loans
JOIN members ON members.id = loans.member_id
WHERE loans.tool_id IS NOT NULL
  AND NOT EXISTS (
    SELECT 1
    FROM loans AS later
    WHERE later.tool_id = loans.tool_id
      AND (later.taken_at > loans.taken_at OR later.taken_at = loans.taken_at AND later.id > loans.id)
  )
ORDER BY loans.tool_id;
