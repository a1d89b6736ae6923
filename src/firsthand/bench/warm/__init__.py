"""The warm bench: a daemon that owns the servers, a zygote that forks a process for each run, and their client."""
