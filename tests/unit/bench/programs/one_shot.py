"""A command: says its arguments and standard input on stdout, a word on stderr, and exits with 3; "hang" never ends."""

import os
import signal
import sys

signal.alarm(30)
if "hang" in sys.argv:
    os.fork()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("thinking", flush=True)
    while True:
        signal.pause()
data = sys.stdin.buffer.read()
print(sys.argv[1:], len(data), data[:10], os.environ.get("MODE", ""), flush=True)
print("a warning", file=sys.stderr)
sys.exit(3)
