"""Ignores SIGTERM and SIGHUP, and says when it is set up; with an argument, so do as many children."""

import os
import signal
import sys

signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
signal.alarm(30)
for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 0):
    if os.fork() == 0:
        signal.alarm(30)
        break
print("deaf", flush=True)
while True:
    signal.pause()
