"""Real servers, lent fresh to runs: one file per kind, the processes and folders that they share, and their host."""
