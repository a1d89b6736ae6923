"""Ada's ticket shop, with Flask. So far it has no route, and says 404 to everybody."""

import os

from flask import Flask
from waitress import serve

app = Flask(__name__)

# Your turn: a route for GET /hello. `firsthand brief route` tells what it must answer.
# The concerts are in concerts.py: from concerts import CONCERTS

if __name__ == "__main__":
    # waitress is the server that runs your application. It must listen on the port that it is told.
    serve(app, host="127.0.0.1", port=int(os.environ["PORT"]))
