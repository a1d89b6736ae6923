"""Counts the SIGTERM signals it gets; ends with that number once its child, which gets them too, has ended."""

import os
import signal
import sys

signal.alarm(30)
got = []


child = os.fork()
if child == 0:
    signal.alarm(30)
    signal.pause()
signal.signal(signal.SIGTERM, lambda *_: got.append(1))
print("ready", flush=True)
os.waitpid(child, 0)
sys.exit(len(got))
