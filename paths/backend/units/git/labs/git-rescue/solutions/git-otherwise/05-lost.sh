cd 5-lost

# Copies of the two commits, by the names that the reflog gives them now.
git branch posters 'HEAD@{6}'
git cherry-pick 'HEAD@{4}'
git cherry-pick 'HEAD@{4}'
