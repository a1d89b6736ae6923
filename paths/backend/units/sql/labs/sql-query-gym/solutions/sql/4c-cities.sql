SELECT members.city,
       count(DISTINCT members.id) AS members,
       count(DISTINCT loans.member_id) AS borrowers
FROM members
LEFT JOIN loans ON loans.member_id = members.id
GROUP BY members.city
ORDER BY members.city IS NULL, members.city;
