"""Each generation forks the next into a session of its own and dies at once: 300 generations, a running target."""

import os
import signal
import time

for generation in range(300):
    if os.fork():
        os._exit(0)
    os.setsid()
    signal.alarm(30)
    if generation == 20:
        print("running", flush=True)
    time.sleep(0.002)
signal.pause()
