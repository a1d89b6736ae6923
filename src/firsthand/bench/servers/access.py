"""What one run is lent on a server that others share: a named place, the program's account, and that of the checks."""

import secrets
from pathlib import Path

import msgspec

from firsthand.bench.servers.place import Place
from firsthand.core.errors import WorldError

FILE = "access.json"
"""Written last into a kept folder: without it what lies there is unfinished."""


class Access(msgspec.Struct, frozen=True):
    """Names and passwords; `checker` is the account that no limit holds back."""

    name: str
    user: str
    password: str
    checker: str
    checker_password: str

    @classmethod
    def fresh(cls, joint: str) -> "Access":
        """A new one, which is not there yet; `joint` stands between the parts of its names."""
        token = secrets.token_hex(6)
        secret = secrets.token_urlsafe
        return cls(f"run{joint}{token}", f"run{joint}{token}", secret(18), f"check{joint}{token}", secret(18))


class KeptAccess(msgspec.Struct, frozen=True):
    """How a server on kept data is entered again."""

    version: str
    administrator: str
    """The administrator's password."""
    access: Access

    @classmethod
    def read(cls, folder: Path, title: str, version: str) -> "KeptAccess | None":
        """What is kept in this folder; None when nothing finished is.

        Raises:
            WorldError: it was written by another version, or is damaged; it is left as it is.
        """
        try:
            kept = msgspec.json.decode((folder / FILE).read_bytes(), type=cls)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            raise WorldError(f"What {title} keeps in {folder} cannot be read: {error}.", advice=_FRESH) from error
        if kept.version.split(".")[:2] != version.split(".")[:2]:
            raise WorldError(
                f"What is kept in {folder} was written by {title} {kept.version}, not {version}.", advice=_FRESH
            )
        return kept

    def write(self, folder: Path, place: Place) -> None:
        """Keep it there, for the servers' user alone.

        Raises:
            WorldError: it cannot be written.
        """
        place.write(folder / FILE, msgspec.json.encode(self).decode())


_FRESH = "`firsthand run --fresh` begins with new data."
