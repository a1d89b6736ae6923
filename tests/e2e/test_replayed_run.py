"""A submission that answers with the recorded replies of an old passing run must fail (ATTACKS.md, 58)."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from firsthand.bench.run import Bench, RunRequest, perform
from firsthand.bench.sandbox.sweep import remove_folder
from firsthand.bench.wire import load
from firsthand.content.load import find_lab
from firsthand.core.results import Report
from firsthand.core.verdicts import Verdict

PATHS = Path(__file__).parents[2] / "paths"

REPLAYS = """\
import difflib, json, os, socket, threading

replies = json.load(open("replies.json"))

def serve(client):
    while asked := client.recv(65536):
        first = asked.partition(b"\\r\\n")[0].decode("latin-1")
        nearest = first if first in replies else difflib.get_close_matches(first, replies, n=1, cutoff=0)[0]
        client.sendall(replies[nearest].encode("latin-1"))

with socket.create_server(("127.0.0.1", int(os.environ["PORT"]))) as listener:
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()
"""


@pytest.fixture
def place() -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="firsthand-test-"))
    root.chmod(0o755)
    yield root
    remove_folder(root)


def replies_of(wire: Path) -> dict[str, str]:
    """The recorded reply to each request, by its first line."""
    asked: dict[int, str] = {}
    replies: dict[str, str] = {}
    for record in load(wire):
        if record.kind == "sent":
            asked[record.conn] = record.data.partition(b"\r\n")[0].decode("latin-1")
        elif record.kind == "received":
            first = asked[record.conn]
            replies[first] = replies.get(first, "") + record.data.decode("latin-1")
    return replies


@pytest.mark.parametrize("stage", ["paths-and-headers", "etag"])
def test_replaying_a_passing_run_does_not_pass(place: Path, stage: str) -> None:
    lab = find_lab([PATHS], "net-byo-http")
    bench = Bench(data=place / "data", cache=place / "cache", temp=place / "temp")
    bench.temp.mkdir()
    workspace = place / "workspace"
    shutil.copytree(lab.folder / "solutions" / "python", workspace)

    def run() -> Report:
        request = RunRequest(lab=lab, workspace=workspace, language="python", stage=stage)
        return asyncio.run(perform(request, lambda _: None, bench))

    honest = run()
    assert honest.verdict is Verdict.PASSED, honest.reason
    (workspace / "replies.json").write_text(json.dumps(replies_of(Path(honest.evidence["wire"]))))
    (workspace / "server.py").write_text(REPLAYS)
    (workspace / "Procfile").write_text("web: python3 server.py\n")

    replayed = run()

    assert replayed.verdict is Verdict.FAILED
    passed = [check.id for check in replayed.stages[0].checks if check.verdict is Verdict.PASSED]
    # A path or method that nobody knows is refused without any data: a program of canned replies can do that too.
    assert set(passed) <= {"wrong_method_is_405", "unknown_path_is_404"}, "every rule that needs data must be broken"
