"""What can be done to a server that is one process, whatever its kind: stop it, kill it, pause it, and undo that."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping

from firsthand.bench.ports import Action
from firsthand.bench.servers.process import ServerProcess


class Controlled(ABC):
    """A server whose `start` may be called again: its address and its data stay."""

    process: ServerProcess | None = None
    wanted_up = False
    """Whether it should answer now: nobody has asked for it to be down."""

    @property
    def running(self) -> bool:
        """Whether its process lives, paused or not."""
        return self.process is not None and self.process.exit_code is None

    @abstractmethod
    async def start(self) -> None:
        """Start it on its port, and wait until it answers; nothing happens when it runs."""

    async def stop(self) -> None:
        """End it in its orderly way."""
        self.wanted_up = False
        if self.process:
            await self.process.stop()

    async def kill(self) -> None:
        """End it at once."""
        self.wanted_up = False
        if self.process:
            await self.process.kill()

    async def restart(self) -> None:
        """End it in its orderly way, and start it again."""
        await self.stop()
        await self.start()

    async def pause(self) -> None:
        """Let it answer nothing until `resume`."""
        if self.process:
            await self.process.pause()

    async def resume(self) -> None:
        """Let it go on."""
        if self.process:
            self.process.resume()


ACTIONS: Mapping[Action, Callable[[Controlled], Awaitable[None]]] = {
    "stop": lambda server: server.stop(),
    "start": lambda server: server.start(),
    "restart": lambda server: server.restart(),
    "kill": lambda server: server.kill(),
    "pause": lambda server: server.pause(),
    "resume": lambda server: server.resume(),
}
