"""Shows that the graders are right: runs every solution, starter and planted bug of a lab and judges the outcomes."""
