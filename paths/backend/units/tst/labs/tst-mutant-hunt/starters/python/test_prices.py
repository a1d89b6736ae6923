"""Your tests of prices.py. Each test is a function whose name begins with test_."""
