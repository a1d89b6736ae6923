cd 2-both-sides

# What did each side want? The messages say more than the lines.
git log --left-right --patch main...groups

# The merge stops at conflicts in both files, with another exit code than 0.
git merge groups || git status --short

# Ada's rate, Bo's fee for each ticket; and nothing is taken off the fee, as Ada's message says.
cat > total.sh <<'END'
#!/bin/sh
# total.sh TICKETS EACH: prints what an order costs, in euros.
tickets=$1
each=$2
fee=2
rate=100
if [ "$tickets" -ge 10 ]; then
    rate=90
fi

echo $((tickets * each * rate / 100 + tickets * fee))
END

# Each side added a line at the end, so both stay: only the markers go.
sed '/^<<<<<<< /d; /^||||||| /d; /^=======$/d; /^>>>>>>> /d' shows.txt | sort -k 2,2r -k 1,1n > new
mv new shows.txt

# Both intents, each with a number that shows it: 3 tickets of 30 come to 96, 10 of them to 290.
sh total.sh 3 30
sh total.sh 10 30
git diff --check
git add total.sh shows.txt
git commit --quiet --no-edit
