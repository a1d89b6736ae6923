-- count(column) leaves out NULLs, count(*) would count the empty row of a member without loans.
SELECT members.id,
       count(loans.id) AS loans,
       count(loans.returned_at) AS returned,
       coalesce(sum(loans.fee), 0) AS fees
FROM members
LEFT JOIN loans ON loans.member_id = members.id
GROUP BY members.id
ORDER BY loans DESC, members.id;
