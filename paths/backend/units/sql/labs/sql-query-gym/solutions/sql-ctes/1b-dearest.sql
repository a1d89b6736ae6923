WITH ranked AS (
    SELECT name, price, row_number() OVER (ORDER BY CASE WHEN price IS NULL THEN 1 ELSE 0 END, price DESC, name, id) AS place
    FROM tools
)
SELECT name, price FROM ranked WHERE place <= $1 ORDER BY place
