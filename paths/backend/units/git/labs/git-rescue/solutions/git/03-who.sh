cd 3-who

# Who gave each line its present form, spaces not counted? That names the fee's and the fifteen minutes' commits.
git blame -w settings.txt
minutes=5f6e4a8

# Why? The message says it, with the number of the ticket.
git show "$minutes"

# The line refund_days is gone, so blame does not know it. In which commits did the text come or go?
git log --oneline -S refund_days -- settings.txt
refunds=3267a93

cat > ../3-answers.txt <<END
fee: Bo
minutes: $minutes
ticket: 1212
refunds: $refunds
END
