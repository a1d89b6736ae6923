-- `<` leaves out whoever is paired with themselves, and each pair's mirror image.
SELECT a.id AS first, b.id AS second
FROM members AS a
JOIN members AS b ON b.city = a.city AND a.id < b.id
ORDER BY a.id, b.id;
