"""Listens on PORT at the host of the first argument, and answers whatever comes with a small HTTP reply."""

import os
import signal
import socket
import sys

signal.alarm(30)
host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
port = int(sys.argv[2]) if len(sys.argv) > 2 else int(os.environ["PORT"])
family = socket.AF_INET6 if ":" in host else socket.AF_INET
server = socket.create_server((host, port), family=family, dualstack_ipv6="dual" in sys.argv)
print("listening", flush=True)
while True:
    connection, _ = server.accept()
    print("connection", flush=True)
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    connection.close()
