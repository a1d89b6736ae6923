"""Listens on PORT after the seconds of the first argument; answers HTTP after those of the second."""

import os
import signal
import socket
import sys
import time

signal.alarm(30)
time.sleep(float(sys.argv[1]))
server = socket.create_server(("127.0.0.1", int(os.environ["PORT"])))
print("listening", flush=True)
time.sleep(float(sys.argv[2]))
while True:
    connection, _ = server.accept()
    connection.recv(65536)
    connection.sendall(b"HTTP/1.0 503 Not yet\r\n\r\n" if "garbage" not in sys.argv else b"hello\n")
    connection.close()
