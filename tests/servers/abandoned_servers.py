"""A bench that is killed in the middle: `abandoned_servers.py PLACE CACHE KIND` starts servers, and dies by SIGKILL."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from firsthand.bench.servers.host import Servers


async def main(place: str, cache: str, kind: str) -> None:
    """Start some, and die."""
    await Servers(Path(place), Path(cache)).warm(kind)
    os.kill(os.getpid(), signal.SIGKILL)


asyncio.run(main(*sys.argv[1:]))
