"""Prints a word and exits with the code of the first argument, or dies by the signal after it."""

import os
import sys

print("\x1b[31mcannot\x1b[0m find the database\x07", flush=True)
if len(sys.argv) > 2:
    os.kill(os.getpid(), int(sys.argv[2]))
sys.exit(int(sys.argv[1]))
