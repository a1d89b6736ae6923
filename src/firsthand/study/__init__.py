"""A learner at work, for terminal and site alike: content, history, workspaces, kept runs, what follows from them."""
