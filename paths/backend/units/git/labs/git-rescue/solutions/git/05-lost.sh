cd 5-lost

# Where has HEAD been? Read from above, the newest is first.
git reflog

# "Draw a map of the seats" is the last one that is wanted; above it comes the slip. A name makes it safe.
git branch rescued 4bc4cbc
git log --oneline --graph main rescued

# Both lines have gone on since "Open the shop", so they are joined; nothing that came since is dropped.
git merge --quiet --no-edit rescued
git branch --quiet --delete rescued

# The deleted branch was left at "Write the price on the poster".
git branch posters 575da96
