"""The author's vocabulary: all that a check or a kit imports."""

import importlib
from typing import TYPE_CHECKING, Any

from firsthand.bench.check import check, expect, fail, hinting
from firsthand.bench.clients.http import Connection, Http, Reply, Request
from firsthand.bench.clients.table import Table
from firsthand.bench.conversations import Wire
from firsthand.bench.doors.door import Door
from firsthand.bench.folders import Folder
from firsthand.bench.giving import CLIENTS, QUERIES, REPO, SUITE, Doors, Peers
from firsthand.bench.peers.backend import Answer, Backend, Hit
from firsthand.bench.program.app import App, Completed
from firsthand.bench.program.instance import Instance
from firsthand.core.deadlines import Deadline
from firsthand.core.randomness import DOMAINS, Domain, Rng

if TYPE_CHECKING:
    from firsthand.bench.clients.dns import Dns
    from firsthand.bench.clients.mariadb import Mariadb
    from firsthand.bench.clients.nginx import Nginx
    from firsthand.bench.clients.postgres import Postgres
    from firsthand.bench.clients.queries import Queries
    from firsthand.bench.clients.rabbitmq import Rabbit
    from firsthand.bench.clients.redis import Redis
    from firsthand.bench.clients.repo import Commit, Repo
    from firsthand.bench.program.suites.suite import Suite

__all__ = [
    "DOMAINS",
    "Answer",
    "App",
    "Backend",
    "Commit",
    "Completed",
    "Connection",
    "Deadline",
    "Dns",
    "Domain",
    "Door",
    "Doors",
    "Folder",
    "Hit",
    "Http",
    "Instance",
    "Mariadb",
    "Nginx",
    "Peers",
    "Postgres",
    "Queries",
    "Rabbit",
    "Redis",
    "Reply",
    "Repo",
    "Request",
    "Rng",
    "Suite",
    "Table",
    "Wire",
    "check",
    "expect",
    "fail",
    "hinting",
]


def __getattr__(name: str) -> Any:
    """What only some labs need, imported when a check asks for it: drivers of servers are slow to import."""
    for module, client in (*CLIENTS.values(), QUERIES, REPO, (REPO[0], "Commit"), SUITE):
        if client == name:
            return getattr(importlib.import_module(module), name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
