"""Labs: briefs, runs and their queue, results as they come, the wire, how accurate graders are."""
