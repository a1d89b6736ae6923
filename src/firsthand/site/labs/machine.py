"""What this machine has for labs. What is there is looked for once; what is missing, each time."""

from collections.abc import Iterable

from firsthand.study.languages import Language, language
from firsthand.study.servers import Offer, offers

_there: dict[str, Offer] = {}
"""Kinds of servers that were found."""


def servers(kinds: Iterable[str]) -> list[Offer]:
    """What there is of each of these kinds."""
    found = []
    for kind in kinds:
        if kind not in _there:
            offer = offers(None, (kind,))[0]
            if offer.state is None:
                found.append(offer)
                continue
            _there[kind] = offer
        found.append(_there[kind])
    return found


def languages(names: Iterable[str]) -> list[tuple[Language, tuple[str, ...]]]:
    """The languages of these names, each with the tools that are missing here; those that are all here first."""
    return sorted(((known, known.missing()) for known in map(language, names)), key=lambda pair: bool(pair[1]))
