"""A home of its own for each test of the site, its owner's browser, a stranger's, and a history to fill."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client
from learned import Learned
from small_content import write_small_content

from firsthand.bench.run import Bench, RunRequest, perform
from firsthand.bench.sandbox.sweep import remove_folder
from firsthand.content.load import find_lab
from firsthand.core.verdicts import Verdict
from firsthand.site.safety import new_link
from firsthand.study import library


@pytest.fixture(autouse=True, scope="package")
def held_content() -> Iterator[None]:
    """As in the site content is read once; a test that changes its own calls `library.forget()`."""
    library.hold()
    yield
    library.release()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """FIRSTHAND_HOME, empty: its `data` holds history, runs and key."""
    place = tmp_path / "home"
    monkeypatch.setenv("FIRSTHAND_HOME", str(place))
    monkeypatch.delenv("FIRSTHAND_CONTENT", raising=False)
    return place


@pytest.fixture
def client(home: Path) -> Client:
    """The owner's browser: it came by a link of ours. Forms need no token, as with Django's own test client."""
    browser = Client(headers={"host": "127.0.0.1"})
    assert browser.get(f"/enter/{new_link()}/").status_code == 302
    return browser


@pytest.fixture
def stranger(home: Path) -> Client:
    """A browser that knows the address and nothing else."""
    return Client(headers={"host": "127.0.0.1"})


@pytest.fixture
def learned(home: Path) -> Learned:
    """The learner's history, to be filled: `learned.answered("NET-01.1", days_ago=3).ran("net-byo-http", "route")`."""
    return Learned()


@pytest.fixture
def small_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Instead of the real path a small one, with everything in it (see small_content.py); returns its folder."""
    root = write_small_content(tmp_path)
    monkeypatch.setattr("firsthand.content.settings.default_roots", lambda: [root])
    return root


@pytest.fixture(scope="session")
def recorded_run() -> Iterator[Path]:
    """The evidence of a run of the small lab's starter, which fails at its first stage: made once."""
    root = Path(tempfile.mkdtemp(prefix="firsthand-test-"))
    root.chmod(0o755)
    lab = find_lab([write_small_content(root)], "talk-greeting")
    starter = root / "workspace"
    shutil.copytree(lab.folder / "starters/python", starter)
    for name in ("data", "cache", "temp"):
        (root / name).mkdir(mode=0o755)
    bench = Bench(data=root / "data", cache=root / "cache", temp=root / "temp")
    request = RunRequest(lab=lab, workspace=starter, language="python", seed=1)
    report = asyncio.run(perform(request, lambda _event: None, bench))
    assert report.verdict is Verdict.FAILED
    yield root / "data/runs" / report.run
    remove_folder(root)


@pytest.fixture
def kept_run(recorded_run: Path, small_content: Path, home: Path, learned: Learned) -> str:
    """A run of the small lab that failed, with its evidence, known to the history; its id."""
    shutil.copytree(recorded_run, home / "data/runs" / recorded_run.name)
    learned.ran("talk-greeting", run=recorded_run.name, failed_check="says_hello")
    return recorded_run.name
