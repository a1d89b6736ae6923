"""What checks hold of a run's nginx: its logs, and a way to make it read its configuration anew."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from firsthand.bench.clients.server import ServerClient
from firsthand.bench.doors.door import Door
from firsthand.bench.folders import Folder
from firsthand.bench.ports import Address, Lease, Leases
from firsthand.core.deadlines import Deadline

LOG_BYTES_MAX = 256 * 1024


class Nginx(ServerClient):
    """`await nginx.reload()`; requests are sent by Http."""

    def __init__(self, lease: Lease, leases: Leases, door: Door | None, deadline: Deadline) -> None:
        """As for every server."""
        super().__init__(lease, leases, door, deadline)
        self._changed = False
        """Whether it may have read something else than the learner's own files."""
        self._site = Folder(Path(lease.inside["folder"]) / "site")
        self._before: dict[str, bytes | None] = {}
        """What stood in the files that were put; None where there was none."""

    def put(self, name: str, data: bytes) -> None:
        """Put a file among the learner's, such as `sites/shop/a1.html`, for nginx to serve until the check is over.

        A file of theirs that has this name is there again afterwards. Their workspace is not touched. A `reload` in
        between takes it away.

        Raises:
            WorldError: a folder or file on the way is a link, or cannot be written.
        """
        self._before.setdefault(name, self._site.read(name))
        self._site.put(name, data)

    async def reload(self, instead: Mapping[str, str] | None = None) -> None:
        """Let it read its configuration anew, with this text in the place of the learner's in each file named.

        Files beside nginx.conf can be named, not those in folders. The learner's own are not touched, and are in force
        again after the next `reload`, or after the check.

        Raises:
            SubjectError: nginx refuses it; the old configuration stays in force.
        """
        folder = Path(self.lease.inside["instead"])
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, text in (instead or {}).items():
            (folder / name).write_text(text)
        self._changed = bool(instead)
        await super().reload()

    async def restore(self) -> None:
        """As for every server, and the learner's own files are in force again."""
        await super().restore()
        for name, data in self._before.items():
            if data is None:
                self._site.remove(name)
            else:
                self._site.put(name, data)
        self._before.clear()
        if self._changed:
            await self.reload()

    def port(self, name: str) -> Address:
        """Where it listens besides its first port: `name` is one of lab.toml's [server.nginx.options] ports.

        Raises:
            KeyError: the lab names no such port.
        """
        host, _, port = self.lease.inside[name].rpartition(":")
        return Address(host, int(port))

    def error_log(self) -> str:
        """The end of what nginx has written to its error logs so far."""
        logs = map(Path, self.lease.inside["error_logs"].splitlines())
        return "".join(_end(log) for log in logs)

    def access_log(self) -> str:
        """The end of what nginx has written to its access logs so far, whatever their format."""
        folder = Path(self.lease.inside["folder"])
        return "".join(_end(log) for log in sorted(folder.rglob("access*.log")))

    def reproduce(self) -> list[str]:
        """The command that asks it while it runs."""
        door = self._door.address if self._door else self.address
        return [f"curl -i http://{door}/"]


def _end(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(file.tell() - LOG_BYTES_MAX, 0))
            return file.read(LOG_BYTES_MAX).decode("utf-8", "replace")
    except OSError:
        return ""
