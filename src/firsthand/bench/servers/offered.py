"""What this machine has of a kind of server, without starting it."""

import tempfile
from pathlib import Path

from firsthand.bench.ports import ServerState
from firsthand.bench.servers.host import make_server
from firsthand.bench.servers.place import Place, Ports
from firsthand.core.places import cache_dir


def offered(kind: str) -> ServerState:
    """The server that a lab would get: its name, version and provider.

    Raises:
        ServerMissingError: there is none; its advice is the command that installs one.
    """
    with tempfile.TemporaryDirectory() as folder:
        return make_server(kind, Place(Path(folder), mark="", cache=cache_dir(), ports=Ports(0))).state()
