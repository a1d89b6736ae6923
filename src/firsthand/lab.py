"""The author's vocabulary: all that a check or a kit imports."""

from firsthand.bench.check import check, expect, fail, hinting
from firsthand.bench.clients.http import Connection, Http, Reply, Request
from firsthand.bench.program.app import App, Completed
from firsthand.bench.program.folders import Folder
from firsthand.bench.program.instance import Instance
from firsthand.core.deadlines import Deadline
from firsthand.core.randomness import DOMAINS, Domain, Rng

__all__ = [
    "DOMAINS",
    "App",
    "Completed",
    "Connection",
    "Deadline",
    "Domain",
    "Folder",
    "Http",
    "Instance",
    "Reply",
    "Request",
    "Rng",
    "check",
    "expect",
    "fail",
    "hinting",
]
