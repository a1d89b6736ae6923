cd 1-first-commits

# Each thought on a branch of its own, from a clean beginning; then main takes both in.
git restore shop.sh

git switch --quiet --create spelling
sed 's/tickts/tickets/' shop.sh > new && cat new > shop.sh && rm new
git add shop.sh
git commit --quiet --message 'Mend a typing mistake on the receipt'

git switch --quiet --create discount main
sed 's/-ge 10/-ge 8/' shop.sh > new && cat new > shop.sh && rm new
git add shop.sh
git commit --quiet --message 'Count eight tickets as a group'

git switch --quiet main
printf '/sales.log\n**/*.log\n.env\n' > .gitignore
git add .gitignore
git commit --quiet --message 'Keep logs out, as well as .env'
git merge --quiet --no-ff --no-edit spelling
git merge --quiet --no-ff --no-edit discount
