"""The pages of the way, a file for each kind."""
