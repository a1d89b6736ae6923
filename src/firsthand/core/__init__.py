"""What every room shares: verdicts, errors, events, limits, deadlines, seeded randomness. Imports nothing of ours."""
