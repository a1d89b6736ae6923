"""Forks twice into a session of its own and lets the first process end; the daemon listens on PORT and holds its pipes.

With the argument "bare" the daemon has no environment either, so that it carries no mark.
"""

import os
import signal
import socket
import sys

if "again" not in sys.argv:
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    environment = {"PORT": os.environ["PORT"]} if "bare" in sys.argv else dict(os.environ)
    os.execve(sys.executable, [sys.executable, __file__, "again"], environment)
signal.alarm(30)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
print("the daemon listens", flush=True)
while True:
    server.accept()
