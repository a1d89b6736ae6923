"""Scripted counterparts of ours, one file per kind: what a program or a server under test speaks to."""

from firsthand.bench.peers.backend import Backend

Peer = Backend
"""All kinds there are."""


async def open_peer(kind: str, name: str) -> Peer:
    """Start a peer of this kind, listening on a free port of loopback.

    Raises:
        OSError: the system refuses.
    """
    assert kind == "backend", "content knows the kinds"
    return await Backend.open(name)
