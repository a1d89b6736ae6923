"""A small web server, and browsers are happy with it. It has a fault all the same."""

import os
import socket
import threading

REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nhello\n"


def serve(client: socket.socket) -> None:
    with client:
        request = client.recv(65536)
        if request:
            client.sendall(REPLY)


with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()
