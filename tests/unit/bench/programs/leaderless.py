"""Ends its main thread and goes on in another one: to the system the process looks dead, and cannot be waited for."""

import ctypes
import threading

threading.Thread(target=threading.Event().wait).start()
print("going on", flush=True)
ctypes.CDLL(None).pthread_exit(None)
