select id, taken_at
from loans
where cast(taken_at as date) between $1 and $2
order by 2, 1
