"""Makes itself undumpable, as file capabilities do: its descriptors are root's to see. Then it listens on PORT."""

import ctypes
import os
import signal
import socket

signal.alarm(30)
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
server.accept()
