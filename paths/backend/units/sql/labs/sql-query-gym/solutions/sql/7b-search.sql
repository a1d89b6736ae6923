-- POSITION knows no wildcards, and is the same on every server.
SELECT id, name
FROM tools
WHERE position($1 IN name) > 0
ORDER BY id;
