"""The stamping desk of a small shop. So far it only says how it was called."""

import sys

words = sys.argv[1:]  # what stands behind the command, such as ["settings"]

# Your turn: `firsthand brief settings` tells what to print when the word is `settings`.
print("called with", words)
