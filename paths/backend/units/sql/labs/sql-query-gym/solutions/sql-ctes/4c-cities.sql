WITH people AS (
    SELECT city, EXISTS (SELECT FROM loans l WHERE l.member_id = m.id) AS borrows FROM members m
)
SELECT city, count(*) AS members, count(*) FILTER (WHERE borrows) AS borrowers
FROM people
GROUP BY city
ORDER BY city NULLS LAST
