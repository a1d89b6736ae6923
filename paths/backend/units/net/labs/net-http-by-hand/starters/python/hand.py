"""HTTP by hand. So far it prints nothing for the wire."""

import os
import sys

words = sys.argv[1:]  # what stands behind the command, such as ["get"]
host = os.environ.get("HOST", "")
target = os.environ.get("TARGET", "")

# Your turn: `firsthand brief get` shows what to print when the word is `get`.
# Write it as bytes, for example: sys.stdout.buffer.write(b"...\r\n")
