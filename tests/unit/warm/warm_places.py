"""Looks at what a test's bench holds and leaves, by means that share no code with ours."""

from dataclasses import dataclass
from pathlib import Path

from firsthand.bench.warm import client
from firsthand.bench.warm.protocol import AskStatus, Status


@dataclass(frozen=True)
class Home:
    """Everything of a test lies below `root`."""

    root: Path

    @property
    def temp(self) -> Path:
        """Where folders of runs and benches are made."""
        return self.root / "temp"

    def processes(self) -> dict[int, str]:
        """All processes of this test but our own: by its home in their environment."""
        return left_behind(self.root)

    def files(self) -> list[str]:
        """The names of all that runs and benches have below the folder for temporary things, two levels deep."""
        return sorted(str(path.relative_to(self.temp)) for path in self.temp.glob("*/*"))


def left_behind(root: Path) -> dict[int, str]:
    """Pid and command of every living process that has this folder in its environment or command line."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and entry.name != Path("/proc/self").resolve().name:
            try:
                command = (entry / "cmdline").read_bytes()
                if str(root).encode() in (entry / "environ").read_bytes() + command and command:
                    found[int(entry.name)] = command.replace(b"\0", b" ").decode(errors="replace").strip()[:100]
            except OSError:
                continue
    return found


async def status() -> Status:
    """What the bench tells of itself."""
    found = await client.ask(AskStatus())
    assert isinstance(found, Status), found
    return found
