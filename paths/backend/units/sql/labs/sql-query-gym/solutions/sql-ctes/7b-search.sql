-- What is left when the text is taken out is shorter, or the text is empty.
SELECT id, name
FROM tools
WHERE $1 = '' OR replace(name, $1, '') <> name
ORDER BY id
