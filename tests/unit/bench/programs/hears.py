"""Says which signals it meets as the system has them, then ends with 7 at SIGTERM; with its umask on demand."""

import os
import signal
import sys

signal.alarm(30)
if "umask" in sys.argv:
    print(oct(os.umask(0)))
    sys.exit(0)
found = [name for name in ("SIGHUP", "SIGTERM") if signal.getsignal(getattr(signal, name)) is signal.SIG_DFL]
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print(*found, flush=True)
while True:
    signal.pause()
