-- One table in two roles, each with a name of its own.
SELECT guest.name AS member, host.name AS invited_by
FROM members AS guest
LEFT JOIN members AS host ON host.id = guest.invited_by
WHERE guest.joined_on >= $1
ORDER BY guest.id;
