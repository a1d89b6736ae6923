"""Knot DNS and BIND 9: how each is configured, checks a zone, complains, starts and reloads."""

import asyncio
import os
import re
import secrets
import signal
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from firsthand.bench.servers.dns_refusal import Refusal
from firsthand.bench.servers.place import Place
from firsthand.bench.servers.process import ServerProcess, run_tool
from firsthand.bench.servers.providers import Binary, choose, missing, version_of
from firsthand.core.errors import ServerMissingError, WorldError

HOST = "127.0.0.1"
CHECK_S = 10.0
PROBE_S = 0.5
HEADER_BYTES = 12

_SOA, _IN = 6, 1


@dataclass(frozen=True)
class Zone:
    """A zone of the learner's: its origin without the last dot, and its file."""

    origin: str
    file: Path


@dataclass(frozen=True)
class Program:
    """What differs between name servers."""

    title: str
    binary: str
    version_option: str
    least: tuple[int, ...]
    start: Callable[[Path], list[str]]
    """The arguments that start it in the foreground, with its log on standard error, given its folder."""
    checks: Callable[[Path, Path, Sequence[Zone]], list[list[str]]]
    """The commands that check zones, given the server's binary, its folder and the zones."""
    configuration: Callable[[Path, int, Sequence[Zone]], str]
    loaded: Callable[[str], bytes]
    """What it logs once it has loaded the zone of this origin, in answer to SIGHUP."""
    complaint: re.Pattern[str]


class DnsProgram:
    """One name server of one run: the same port and folder, whatever is started there."""

    def __init__(self, program: Program, binary: Binary, folder: Path, place: Place) -> None:
        """`folder` is its own; the zones are elsewhere."""
        self.folder = folder
        self.port = place.ports.take()
        self._program = program
        self._binary = binary
        self._place = place
        self._zones: Sequence[Zone] = ()

    def use(self, zones: Sequence[Zone]) -> None:
        """Serve these."""
        self._zones = zones

    async def check(self) -> Refusal | None:
        """Have the program's own tool read the zones; returns what it says against them.

        Raises:
            WorldError: it does not even read its own configuration.
        """
        self._configure()
        user = self._place.user
        for command in self._program.checks(self._binary.path, self.folder, self._zones):
            number = user.user if user.switched else None
            code, told = await run_tool(command, cwd=self.folder, env={}, within_s=CHECK_S, user=number)
            if "server.conf" in told:
                raise WorldError(f"{self._program.title} cannot read the configuration that we wrote.")
            if code:
                return Refusal(self._program.title, self._zones[0].file.parent, self._program.complaint, told)
        return None

    def start(self) -> ServerProcess:
        """Start it; it is not ready yet."""
        self._configure()
        command = [str(self._binary.path), *self._program.start(self.folder)]
        return ServerProcess(self._program.title, command, self.folder, self._place, {})

    async def answers(self) -> bool:
        """Whether it is asked for the first zone's SOA over UDP, and answers with authority."""
        loop = asyncio.get_running_loop()
        question = _soa_question(self._zones[0].origin)
        answer: asyncio.Future[bytes] = loop.create_future()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Listener(answer), remote_addr=(HOST, self.port))
        try:
            transport.sendto(question)
            async with asyncio.timeout(PROBE_S):
                got = await answer
        except (OSError, TimeoutError):
            return False
        finally:
            transport.close()
        # The same question's id, a response (QR), authoritative (AA), without an error (RFC 1035, 4.1.1).
        return got[:2] == question[:2] and bool(got[2] & 0x84 == 0x84) and got[3] & 0x0F == 0

    def reload(self, process: ServerProcess) -> Callable[[], bool]:
        """Tell it to load its zones anew; what is returned says whether it has."""
        heard = bytearray()
        process.output.follow(heard.extend)
        del heard[:]
        os.kill(process.pid, signal.SIGHUP)
        signs = [self._program.loaded(zone.origin) for zone in self._zones]
        return lambda: all(sign in heard for sign in signs)

    def _configure(self) -> None:
        text = self._program.configuration(self.folder, self.port, self._zones)
        self._place.write(self.folder / "server.conf", text)


def find_dns() -> dict[str, Binary]:
    """The name servers of this machine, Knot DNS first.

    Raises:
        ServerMissingError: there is none, or only old ones.
    """
    found: dict[str, Binary] = {}
    for key, program in PROGRAMS.items():
        try:
            found[key] = choose(
                "dns",
                wheel=lambda: None,
                names=(program.binary,),
                version=lambda path, option=program.version_option: version_of(path, option),  # type: ignore[misc]
                least=program.least,
            )
        except ServerMissingError:
            continue
    if not found:
        raise missing("dns")
    return found


class _Listener(asyncio.DatagramProtocol):
    """Takes the first answer."""

    def __init__(self, answer: "asyncio.Future[bytes]") -> None:
        self._answer = answer

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002  # asyncio's name
        if not self._answer.done() and len(data) >= HEADER_BYTES:
            self._answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._answer.done():
            self._answer.set_exception(exc)


def _soa_question(origin: str) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in origin.split("."))
    return secrets.token_bytes(2) + struct.pack("!5H", 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", _SOA, _IN)


def _knot(folder: Path, port: int, zones: Sequence[Zone]) -> str:
    named = "".join(f'  - domain: "{zone.origin}."\n    file: "{zone.file}"\n' for zone in zones)
    return f"""\
server:
    listen: {HOST}@{port}
    rundir: "{folder}"
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "{folder}"
log:
  - target: stderr
    any: info
template:
  - id: default
    storage: "{folder}"
    semantic-checks: on
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
zone:
{named}"""


def _bind(folder: Path, port: int, zones: Sequence[Zone]) -> str:
    named = "".join(f'zone "{zone.origin}" {{ type primary; file "{zone.file}"; }};\n' for zone in zones)
    return f"""\
options {{
    directory "{folder}";
    pid-file none;
    session-keyfile none;
    listen-on port {port} {{ {HOST}; }};
    listen-on-v6 {{ none; }};
    allow-query {{ {HOST}; }};
    allow-transfer {{ {HOST}; }};
    recursion no;
    notify no;
    dnssec-validation no;
    empty-zones-enable no;
    max-cache-size 4M;
}};
controls {{ }};
{named}"""


def _check_by_bind(binary: Path, zone: Zone) -> list[str]:
    tool = next(
        (f for f in (binary.with_name("named-checkzone"), Path("/usr/bin/named-checkzone")) if f.exists()), None
    )
    # -i local: names outside of the zone are not looked up, as that would ask the machine's resolver.
    rules = ["-i", "local", "-k", "fail", "-n", "fail", "-m", "fail", "-r", "fail", "-S", "fail"]
    return [str(tool or "named-checkzone"), *rules, zone.origin, str(zone.file)]


PROGRAMS: Mapping[str, Program] = {
    "knot": Program(
        title="Knot DNS",
        binary="knotd",
        version_option="--version",
        least=(3, 0),
        start=lambda folder: ["-c", str(folder / "server.conf")],
        checks=lambda binary, folder, _: [
            [str(binary.with_name("knotc")), "-c", f"{folder}/server.conf", "zone-check"]
        ],
        configuration=_knot,
        loaded=lambda origin: f"[{origin}.] loaded, serial".encode(),
        complaint=re.compile(
            r"error: \[[^]]*\] zone loader, (?:fatal )?error in zone, "
            r"file '(?P<file>[^']+)', line (?P<line>\d+) \((?P<what>[^)]*)\)"
            r"|error: \[[^]]*\] (?:check, |zone loader, )?(?P<semantic>.*)"
        ),
    ),
    "bind": Program(
        title="BIND",
        binary="named",
        version_option="-v",
        least=(9, 16),
        start=lambda folder: ["-g", "-n", "1", "-c", str(folder / "server.conf")],
        checks=lambda binary, _, zones: [_check_by_bind(binary, zone) for zone in zones],
        configuration=_bind,
        loaded=lambda origin: f"zone {origin}/IN: loaded serial".encode(),
        complaint=re.compile(
            r"^(?:\w+: )?(?P<file>/[^:\n]+):(?P<line>\d+): (?P<what>.*)$|^zone [^:]*: (?P<semantic>.*)$", re.MULTILINE
        ),
    ),
}
