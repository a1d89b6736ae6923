SELECT m.id, m.city FROM members m WHERE m.name IN ($1) ORDER BY m.id
