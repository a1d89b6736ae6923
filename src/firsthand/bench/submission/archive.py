"""Keeps a submission as a tar.gz, and reads such a file back as if an enemy had written it."""

import gzip
import io
import os
import posixpath
import tarfile
import zlib
from pathlib import Path

from firsthand.bench.submission.model import Beside, Entry, Submission, cannot_write, parents_of, stays_inside
from firsthand.core.errors import WorkspaceError
from firsthand.core.limits import (
    KIB,
    MIB,
    SUBMISSION_BYTES_MAX,
    SUBMISSION_DEPTH_MAX,
    SUBMISSION_FILE_BYTES_MAX,
    SUBMISSION_FILES_MAX,
)

ARCHIVE_BYTES_MAX = SUBMISSION_BYTES_MAX + SUBMISSION_FILES_MAX * 4 * KIB
"""Unpacked, with a header of up to 4 KiB for each file."""

PATH_BYTES_MAX = 4_096

_DIGEST_KEY = "firsthand.digest"
_CHUNK = 1 * MIB


class _Refused(Exception):  # noqa: N818  # why an archive is not one of ours
    pass


def save(submission: Submission, path: Path) -> None:
    """Write the archive; times, owners and names of the machine do not get into it.

    Raises:
        WorldError: it cannot be written.
    """
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", fileobj=packed, mode="wb", compresslevel=1, mtime=0) as stream,
        tarfile.open(
            fileobj=stream, mode="w", format=tarfile.PAX_FORMAT, pax_headers={_DIGEST_KEY: submission.digest}
        ) as archive,
    ):
        for entry in submission.files:
            archive.addfile(_member(entry), io.BytesIO(entry.data) if entry.kind == "file" else None)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        new.write_bytes(packed.getvalue())
        new.replace(path)
    except OSError as error:
        raise cannot_write(error) from None


def load(path: Path, workspace: Path | None = None) -> Submission:
    """Read a kept submission back. With `workspace`, what lies beside it there now is used again.

    Raises:
        WorkspaceError: it is not a whole archive of ours, or holds what `snapshot` would never have taken.
    """
    try:
        data = _unpacked(path)
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            files = _entries(archive)
            digest = archive.pax_headers.get(_DIGEST_KEY, "")
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (_Refused, tarfile.TarError, zlib.error, ValueError, EOFError, RecursionError) as error:
        raise WorkspaceError(
            f"{path} is not a submission that was kept: {error}.", advice="Check the workspace itself again."
        ) from None
    beside, source = _beside(workspace)
    submission = Submission(files=tuple(files), beside=beside, source=source)
    if submission.digest != digest:
        raise WorkspaceError(
            f"{path} was changed after it was kept: its digest is not the recorded one.",
            advice="Check the workspace itself again.",
        )
    return submission


def _beside(workspace: Path | None) -> tuple[tuple[Beside, ...], Path | None]:
    """Never taken from the archive: it could name any file of this machine."""
    if workspace is None or not workspace.is_dir():
        return (), None
    from firsthand.bench.submission.snapshot import snapshot

    try:
        return snapshot(workspace).beside, workspace.absolute()
    except WorkspaceError:
        return (), workspace.absolute()


def _member(entry: Entry) -> tarfile.TarInfo:
    member = tarfile.TarInfo(entry.path)
    member.mode = 0o755 if entry.executable else 0o644
    if entry.kind == "link":
        member.type = tarfile.SYMTYPE
        member.linkname = entry.data.decode()
    else:
        member.size = len(entry.data)
    return member


def _unpacked(path: Path) -> bytes:
    """The tar archive, never more than ARCHIVE_BYTES_MAX of it in memory."""
    stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    unpacked = bytearray()
    with path.open("rb") as file:
        while not stream.eof:
            packed = stream.unconsumed_tail or file.read(_CHUNK)
            if not packed:
                raise _Refused("it ends early")
            unpacked += stream.decompress(packed, _CHUNK)
            if len(unpacked) > ARCHIVE_BYTES_MAX:
                raise _Refused("it is too big unpacked")
    return bytes(unpacked)


def _entries(archive: tarfile.TarFile) -> list[Entry]:
    entries: dict[str, Entry] = {}
    total = 0
    for member in archive:
        entry = _entry(archive, member)
        total += len(entry.data)
        if entry.path in entries:
            raise _Refused(f"it holds {entry.path!r} twice")
        if len(entries) >= SUBMISSION_FILES_MAX or total > SUBMISSION_BYTES_MAX:
            raise _Refused("it holds too much")
        entries[entry.path] = entry
    inside = next((parent for parent in parents_of(entries.values()) if parent in entries), None)
    if inside is not None:
        raise _Refused(f"{inside!r} is both a folder and a file or link")
    return list(entries.values())


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Entry:
    _refuse_path(member.name)
    if member.issym():
        _refuse_odd(member.linkname)
        if not stays_inside(member.name, member.linkname):
            raise _Refused(f"the link {member.name!r} leads out of it")
        return Entry(member.name, "link", member.linkname.encode())
    if member.type != tarfile.REGTYPE or member.issparse():
        raise _Refused(f"{member.name!r} is neither a file nor a link")
    if member.size > SUBMISSION_FILE_BYTES_MAX:
        raise _Refused(f"{member.name!r} is too big")
    file = archive.extractfile(member)
    data = file.read() if file is not None else b""
    if len(data) != member.size:
        raise _Refused("it ends early")
    return Entry(member.name, "file", data, executable=bool(member.mode & 0o100))


def _refuse_path(path: str) -> None:
    _refuse_odd(path)
    parts = path.split("/")
    if path.startswith("/") or posixpath.normpath(path) != path or ".." in parts or path == ".":
        raise _Refused(f"the path {path!r} is not one inside a folder")
    if len(parts) > SUBMISSION_DEPTH_MAX + 1 or len(path.encode()) > PATH_BYTES_MAX:
        raise _Refused("a path is too long")


def _refuse_odd(text: str) -> None:
    text.encode()  # a ValueError for what is not UTF-8
    if any(c in text for c in "\n\r\0"):
        raise _Refused("a name holds a line break or NUL")
