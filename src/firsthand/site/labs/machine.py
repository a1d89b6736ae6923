"""What this machine has for labs. What is there is looked for once; what is missing, each time."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from firsthand.content.model import Lab
from firsthand.study.kits import lacking, lacking_words
from firsthand.study.languages import Language, language
from firsthand.study.servers import Offer, offers


@dataclass(frozen=True)
class Lack:
    """What a program in some language needs that is not here."""

    language: Language
    tools: tuple[str, ...]
    kit: str = ""
    """The language whose kit is to be installed."""
    words: str = ""
    """That it is not installed yet."""


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


def lack(lab: Lab, name: str, folder: Path | None = None) -> Lack:
    """What a program of this lab in this language, in this workspace, needs and does not find here."""
    known = language(name)
    kit = lacking(lab, name, folder)
    return Lack(known, known.missing(), kit.language if kit else "", lacking_words(kit) if kit else "")
