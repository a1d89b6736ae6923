"""What this machine has for labs. What is there is looked for once; what is missing, each time."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from firsthand.study.languages import Language, language
from firsthand.study.servers import Offer, offers

_there: dict[str, Offer] = {}
"""Kinds of servers that were found."""


def servers(kinds: Iterable[str]) -> list[Offer]:
    """What there is of each of these kinds. Each binary is asked for its version, all at once: some take a second."""
    wanted = list(kinds)
    unknown = [kind for kind in wanted if kind not in _there]
    if unknown:
        with ThreadPoolExecutor(len(unknown)) as asking:
            looked = dict(zip(unknown, asking.map(_offer, unknown), strict=True))
        _there.update({kind: offer for kind, offer in looked.items() if offer.state})
        return [_there.get(kind) or looked[kind] for kind in wanted]
    return [_there[kind] for kind in wanted]


def _offer(kind: str) -> Offer:
    return offers(None, (kind,))[0]


def languages(names: Iterable[str]) -> list[tuple[Language, tuple[str, ...]]]:
    """The languages of these names, each with the tools that are missing here; those that are all here first."""
    return sorted(((known, known.missing()) for known in map(language, names)), key=lambda pair: bool(pair[1]))
