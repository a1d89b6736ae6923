cd 1-first-commits

# First of all what must never be followed: then no `git add` can take it by mistake.
printf '%s\n' '# secrets' '.env' '# made by programs' '*.log' > .gitignore
git add .gitignore
git commit --quiet --message 'Ignore what is secret or made by programs'

# Two thoughts in one file. `git add --patch` asks for each piece; printf types the answers: not this one, that one.
printf 'n\ny\n' | git add --patch shop.sh
git commit --quiet --message 'Spell "tickets" right on the receipt'

# What is left is the other thought. A second --message is a second paragraph: the reason.
git commit --quiet --all --message 'Give the discount from 8 tickets on' \
    --message 'Agreed with the theatre: groups of 8 get it in all shops.'
