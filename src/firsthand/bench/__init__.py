"""Performs runs: drives a learner's program, black box, and judges it."""
