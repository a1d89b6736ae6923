# Makes the five repositories of this lab. `firsthand begin` runs it in your workspace and takes it away.
# Names and times are fixed, so the ids of all commits are the same on every machine.

as() {          # who, day, command: runs the command as this person on that day
    export GIT_AUTHOR_NAME="$1" GIT_AUTHOR_EMAIL="$1@example.test" GIT_AUTHOR_DATE="$2T10:00:00+00:00"
    export GIT_COMMITTER_NAME="$1" GIT_COMMITTER_EMAIL="$1@example.test" GIT_COMMITTER_DATE="$2T10:00:00+00:00"
    shift 2
    "$@"
}

commit() {      # who, day, message: commits everything in the folder
    git add --all
    as "$1" "$2" git commit --quiet --message "$3"
}

begin() {       # folder: an empty repository in it
    git init --quiet "$1"
    cd "$1"
    git symbolic-ref HEAD refs/heads/main
}

# 1: an untidy folder

(
begin 1-first-commits
cat > shop.sh <<'END'
#!/bin/sh
# shop.sh TICKETS EACH: prints what an order costs, in euros, and a line for the receipt.
tickets=$1
each=$2
fee=2

# Groups pay less for the tickets.
rate=100
if [ "$tickets" -ge 10 ]; then
    rate=90
fi

echo $((tickets * each * rate / 100 + fee))

# The last line of the receipt.
if [ "$tickets" -eq 1 ]; then
    echo "1 ticket, thank you"
else
    echo "$tickets tickts, thank you"
fi
END
commit Ada 2026-01-05 'Compute what an order costs'
sed 's/-ge 10/-ge 8/; s/tickts/tickets/' shop.sh > new && cat new > shop.sh && rm new
echo 'DB_PASSWORD=kraken-7' > .env
printf '2026-01-07 12:01 3 tickets\n2026-01-07 12:04 8 tickets\n' > sales.log
)

# 2: two branches in conflict

(
begin 2-both-sides
cat > total.sh <<'END'
#!/bin/sh
# total.sh TICKETS EACH: prints what an order costs, in euros.
tickets=$1
each=$2
fee=2

echo $((tickets * each + fee))
END
printf '12 March  Hamlet\n19 March  The Tempest\n' > shows.txt
commit Ada 2026-01-05 'Compute what an order costs'

git switch --quiet --create groups
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

echo $((tickets * each * rate / 100 + fee))
END
commit Ada 2026-01-08 'Give groups of ten 10 % off

The theatre takes it off the price of the tickets. The fee is not
the theatre'"'"'s but ours, and nothing is ever taken off it.'
printf '26 March  Macbeth, for groups\n' >> shows.txt
commit Ada 2026-01-09 'Announce a show for groups'

git switch --quiet main
sed 's/each + fee/each + tickets * fee/' total.sh > new && cat new > total.sh && rm new
commit Bo 2026-01-08 'Charge the fee for each ticket

The card company wants its share for every ticket since January,
and we paid more than one fee brought in.'
printf '2 April   Twelfth Night\n' >> shows.txt
commit Bo 2026-01-10 'Announce a show in April'
)

# 3: a history to be asked

(
begin 3-who
printf 'fee=2\nseats=400\nhold_minutes=1440\nrefund_days=14\npress_seats=20\n' > settings.txt
commit Ada 2025-09-01 'Collect the settings of the shop'
printf 'echo "Thank you for your order."\n' > receipt.sh
commit Cy 2025-09-08 'Print a receipt'
sed 's/=1440/=15/' settings.txt > new && mv new settings.txt
commit Bo 2025-10-02 'Let go of abandoned baskets soon

At the premiere 380 seats lay in baskets of people who had left, and
the house was half empty. Fifteen minutes are what the theatre asked
for in ticket 1212.'
sed 's/fee=2/fee=3/' settings.txt > new && mv new settings.txt
commit Ada 2025-10-10 'Raise the fee to 3 euros'
sed '/refund_days/d' settings.txt > new && mv new settings.txt
commit Cy 2025-10-20 'Simplify the settings

Nobody has asked for his money back this year, says the box office.'
printf 'echo "The refund desk is closed on Mondays."\n' >> receipt.sh
commit Ada 2025-10-28 'Say when the refund desk is open'
printf 'fee          = 3\nseats        = 400\nhold_minutes = 15\npress_seats  = 20\n' > settings.txt
commit Ada 2025-11-01 'Align the settings

Only spaces. See also the hint about baskets in ticket 1150.'
sed 's/= 400/= 420/' settings.txt > new && mv new settings.txt
commit Cy 2025-11-12 'Sell 420 seats'
sed 's/= 3$/= 4/' settings.txt > new && mv new settings.txt
commit Bo 2025-12-10 'Raise the fee to 4 euros'
printf 'echo "Doors open at seven."\n' >> receipt.sh
commit Ada 2025-12-19 'Tell visitors when the doors open'
)
cat > 3-answers.txt <<'END'
# Your answers about the repository 3-who, one behind each colon. Of a commit's id seven characters are enough.

fee:
minutes:
ticket:
refunds:
END

# 4: a merge that has to go, on a branch that others have

(
begin 4-revert
echo 'fee = 2' > fee.txt
echo 'seats = 400' > seats.txt
echo '12 March  Hamlet' > shows.txt
commit Ada 2026-01-05 'Open the shop'
git switch --quiet --create festival
echo 'fee = 0' > fee.txt
commit Cy 2026-01-06 'Drop the fee for the festival'
echo '20 June   The Festival' >> shows.txt
commit Cy 2026-01-07 'Announce the festival'
git switch --quiet main
echo 'seats = 380' > seats.txt
commit Bo 2026-01-07 'Keep 20 seats for the press'
as Ada 2026-01-08 git merge --quiet --no-ff --message "Merge branch 'festival'" festival
echo 'doors = 18:00' > doors.txt
commit Bo 2026-01-09 'Open the doors an hour earlier'
echo 'seats = 379' > seats.txt
commit Cy 2026-01-10 'Keep a seat for the fire brigade'
git update-ref refs/remotes/origin/main main
)

# 5: what seems to be lost

(
begin 5-lost
git config gc.reflogExpire never                # years later the diary has to be whole
git config gc.reflogExpireUnreachable never
echo 'fee = 2' > fee.txt
echo 'seats = 400' > seats.txt
commit Ada 2026-01-05 'Open the shop'
git switch --quiet --create posters
echo 'HAMLET' > poster.txt
commit Ada 2026-01-06 'Draw a poster'
echo '30 euros' >> poster.txt
commit Ada 2026-01-06 'Write the price on the poster'
git switch --quiet main
git branch --quiet -D posters
echo 'press = 20' > press.txt
commit Ada 2026-01-07 'Keep 20 seats for the press'
printf 'row 1: ........\nrow 2: ........\n' > map.txt
commit Ada 2026-01-07 'Draw a map of the seats'
echo 'fee = 9' > fee.txt
commit Ada 2026-01-08 'Raise the fee to 9 euros'
as Ada 2026-01-08 git reset --quiet --hard HEAD~3
echo 'seats = 420' > seats.txt
commit Ada 2026-01-09 'Sell 420 seats'
)
