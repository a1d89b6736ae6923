cd 2-both-sides

# The branch is Ada's alone, so it may be rebased: its commits are made anew on top of main, one after the other.
git switch --quiet groups
git rebase main || git status --short

cat > total.sh <<'END'
#!/bin/sh
# total.sh TICKETS EACH: prints what an order costs, in euros.
per_ticket_fee=2
price=$(($1 * $2))
[ "$1" -lt 10 ] || price=$((price - price / 10))
echo $((price + $1 * per_ticket_fee))
END
git add total.sh
git rebase --continue || git status --short

printf '%s\n' '12 March  Hamlet' '19 March  The Tempest' '2 April   Twelfth Night' '26 March  Macbeth, for groups' > shows.txt
git add shows.txt
git rebase --continue

# Now main has nothing that groups lacks: a fast-forward.
git switch --quiet main
git merge --quiet --ff-only groups
git branch --delete groups
