SELECT id, name
FROM members
WHERE EXISTS (SELECT 1 FROM loans WHERE loans.member_id = members.id)
  AND NOT EXISTS (SELECT 1 FROM loans WHERE loans.member_id = members.id AND loans.taken_at >= $1)
ORDER BY id;
