"""Your HTTP server. So far it takes every call and hangs up without a word."""

import os
import socket

PORT = int(os.environ["PORT"])
PUBLIC_DIR = os.environ["PUBLIC_DIR"]  # the folder of files to serve, from stage 5 on

with socket.create_server(("127.0.0.1", PORT)) as listener:
    print(f"listening on port {PORT}", flush=True)
    while True:
        client, _ = listener.accept()
        # Your turn: read what the client says, and reply before you hang up.
        # `firsthand brief status-line` tells what the first reply must look like.
        client.close()
