"""What the linter asks of content beyond its form: one file for each thing that is looked at."""
