"""Says that it is busy and never listens."""

import signal

signal.alarm(30)
print("still warming up", flush=True)
signal.pause()
