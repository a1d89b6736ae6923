"""What `trace` shows of a failed run with a server: five hundred identical commands are one line with its count."""

import asyncio
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from small_lab import SmallLab, small_lab
from test_runs_with_servers import HEAD, host

from firsthand.bench.run import RunRequest, perform
from firsthand.cli.trace import trace
from firsthand.core.results import Report
from firsthand.core.verdicts import Verdict

STAMPEDES = """\
import os, socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

url = urlsplit(os.environ["REDIS_URL"])

def said(*words):
    return b"*%d\\r\\n" % len(words) + b"".join(b"$%d\\r\\n%s\\r\\n" % (len(w), w.encode()) for w in words)

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        with socket.create_connection((url.hostname, url.port)) as server:
            for words in (("AUTH", url.password), ("GET", "product:7")):
                server.sendall(said(*words))
                server.recv(4096)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass

class Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True

Server(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""

ASKS_ONCE = (
    HEAD
    + '''
@check()
async def asks_once(http: Http, wire: Wire) -> None:
    """When many ask at once, the store is asked once (brief)."""
    import asyncio
    limit = asyncio.Semaphore(50)

    async def ask() -> None:
        async with limit:
            await http.get("/products/7")

    await asyncio.gather(*(ask() for _ in range(500)))
    expect(len(wire.redis.commands("GET")), "the number of GET").equals(1)
'''
)


@pytest.fixture
def failed(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[SmallLab, Report]:
    lab = small_lab(open_path, ASKS_ONCE, extra='servers = ["redis"]')
    monkeypatch.setenv("FIRSTHAND_HOME", str(open_path / "home"))

    async def scene() -> Report:
        async with host(lab) as servers:
            request = RunRequest(lab=lab.lab, workspace=lab.workspace(STAMPEDES), language="python")
            return await perform(request, lab.events.append, replace(lab.bench, leases=servers))

    report = asyncio.run(scene())
    assert report.verdict is Verdict.FAILED, report.reason
    return lab, report


def traced(report: Report, *words: str) -> str:
    done = CliRunner().invoke(trace, [report.run, *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_five_hundred_commands_are_a_line_and_the_failed_check_says_why(failed: tuple[SmallLab, Report]) -> None:
    _, report = failed

    text = traced(report)

    assert text.startswith("✗ stage-1 · asks_once\n  The number of GET: expected 1, got 500.\n"), text
    assert re.search(r"500× web +GET /products/7  → 200  \(until ", text)
    assert re.search(r"500× redis +GET product:7  → null  \(until [\d.]+ s, 500 connections, ", text)
    assert len(text.splitlines()) < 12

    only = traced(report, "--only", "redis", "--check", "asks_once")
    assert "GET product:7" in only
    assert "web" not in only
    assert traced(report, "--all").count("GET product:7") == 500


def test_all_of_it_can_be_opened_in_wireshark(failed: tuple[SmallLab, Report], tmp_path: Path) -> None:
    if (tshark := shutil.which("tshark")) is None:
        pytest.skip("tshark is not installed")
    _, report = failed
    file = tmp_path / "run.pcapng"

    assert traced(report, "--pcapng", str(file)) == f"Written: {file}\n"

    read = subprocess.run(
        [tshark, "-n", "-r", str(file), "-Y", 'resp && tcp.payload contains "product:7"'],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(read.stdout.splitlines()) == 500


ZONE = """$ORIGIN ${ORIGIN}.
$TTL 300
@    SOA ns hostmaster 1 3600 600 86400 60
     NS  ns
ns   A   192.0.2.1
www  A   192.0.2.10
"""

ASKS_NAMES = (
    HEAD.replace("Wire", "Dns, Wire")
    + '''
@check()
async def has_www(dns: Dns, wire: Wire) -> None:
    """www has an address (brief)."""
    for server in dns.servers:
        for tcp in (False, True):
            reply = await dns.query("www.example.test", "A", server=server, tcp=tcp)
            expect(reply.data("A"), "the address").equals(["192.0.2.10"])
    expect(len(wire.dns.queries("www.example.test", type="A")), "questions").equals(2 * len(dns.servers))
'''
)


def test_what_name_servers_are_asked_is_in_the_trace(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (shutil.which("knotd") or shutil.which("named")):
        pytest.skip("neither knot nor bind9 is installed")
    lab = small_lab(open_path, ASKS_NAMES, extra='servers = ["dns"]\n[server.dns.options]\norigin = "example.test"')
    stages = tuple(replace(stage, subject="config", files=("example.zone",)) for stage in lab.lab.stages)
    workspace = lab.workspace()
    (workspace / "example.zone").write_text(ZONE)
    monkeypatch.setenv("FIRSTHAND_HOME", str(open_path / "home"))

    async def scene() -> Report:
        async with host(lab) as servers:
            request = RunRequest(lab=replace(lab.lab, stages=stages), workspace=workspace, language="")
            return await perform(request, lab.events.append, replace(lab.bench, leases=servers))

    report = asyncio.run(scene())

    assert (report.verdict, report.reason) == (Verdict.PASSED, "")
    text = traced(report)
    assert "A www.example.test.?  → A 192.0.2.10" in text
    assert "door" not in text
