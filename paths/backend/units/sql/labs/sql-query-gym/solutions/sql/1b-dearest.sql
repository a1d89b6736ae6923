-- `price IS NULL` is false before true, on every server, whatever it thinks of NULLs in order.
SELECT name, price
FROM tools
ORDER BY price IS NULL, price DESC, name, id
LIMIT $1;
