"""Which kit a lab's program still needs before it can be checked, for terminal and site alike."""

from pathlib import Path

from firsthand.content.kits import Kit, kit_for
from firsthand.content.model import Lab

_OWN_PACKAGES = (".venv", "venv", "node_modules")


def lacking(lab: Lab, name: str, folder: Path | None = None) -> Kit | None:
    """The kit that a program begun with the starter of this name needs, and that is not installed yet.

    None where there is nothing to install; also where a workspace `folder` brings packages of its own.
    """
    from firsthand.bench.program.kits import installed

    kit = kit_for(lab, name)
    if kit is None or (folder is not None and any((folder / own).exists() for own in _OWN_PACKAGES)):
        return None
    return kit if installed(kit) is None else None


def lacking_words(kit: Kit) -> str:
    """That it is not installed yet; the command is told after it."""
    return f"{', '.join(kit.packages())} for {kit.language} are not installed yet. Once, with a network:"
