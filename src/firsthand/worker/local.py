"""The worker beside a site on one's own machine: `firsthand start` starts it, and it ends when that does."""

import os
import signal
import sys
from contextlib import suppress

from firsthand.core.errors import FirsthandError

TROUBLES_MAX = 30
"""So often in a row the database may refuse itself; then the worker ends, and runs wait for the next start."""


def main() -> int:
    """Grade until standard input ends; returns the exit code."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "firsthand.site.settings"
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is told to end by its standard input
    import django

    django.setup()
    from django.conf import settings
    from django.db import DatabaseError, connections

    from firsthand.site.labs import queue
    from firsthand.worker.grader import LOOK_S, Grader

    grader = Grader(0, _tell)
    troubles, noted = 0, ""
    alone = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    while troubles < TROUBLES_MAX:
        try:
            if troubles == 0:
                queue.requeue(everything=alone)  # who held the seat before us is gone
                queue.tidy()
            grader.work()
            return 0
        except (DatabaseError, FirsthandError) as error:
            troubles += 1
            connections.close_all()
            words = str(error) if isinstance(error, FirsthandError) else f"The queue of runs cannot be used: {error}"
            if words != noted:
                print(f"note: {words}", file=sys.stderr)
            noted = words
            grader.wait(LOOK_S)
    return 1


def _tell() -> None:
    """Say on standard output that pages can see something new."""
    with suppress(OSError):
        os.write(1, b"\n")
