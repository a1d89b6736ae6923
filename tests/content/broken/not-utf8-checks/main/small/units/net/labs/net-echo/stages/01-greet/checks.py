"""Checks."""

# café
