"""What checks hold of a run's nginx: its logs, and a way to make it read its configuration anew."""

from pathlib import Path

from firsthand.bench.clients.server import ServerClient
from firsthand.bench.ports import Address

LOG_BYTES_MAX = 256 * 1024


class Nginx(ServerClient):
    """`await nginx.reload()`; requests are sent by Http, which goes through the door."""

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
