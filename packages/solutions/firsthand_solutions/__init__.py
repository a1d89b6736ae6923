"""Nothing but files: `_paths` holds the solutions and bugs of every lab, placed as below paths/ in the repository."""
