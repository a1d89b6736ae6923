"""The checks of the greeting, to be written."""
