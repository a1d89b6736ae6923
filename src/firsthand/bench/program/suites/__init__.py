"""Runs the tests that a learner wrote, against builds of what they test."""
