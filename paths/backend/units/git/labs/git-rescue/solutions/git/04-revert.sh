cd 4-revert

# Others have all of this, origin/main says so: what is wrong is undone by one commit more.
git log --oneline --graph --all

# The merge is 7bfef27. Its first parent is the line of main, onto which was merged: that one is kept.
git revert --no-edit --mainline 1 7bfef27

# Only what the festival brought has gone.
git diff --stat origin/main main
