"""./firsthand: installs itself once, mends what is broken, explains what it cannot do, and then stays out of the way.

No package is fetched here: a stand-in for uv links the packages of the environment that runs these tests.
"""

import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from house.repository import ROOT

UV = """#!/bin/sh
# Stands in for uv: makes an environment, and links the packages of the tests' own instead of fetching them.
echo "$*" >>"$CALLS"
while [ $# -gt 0 ] && [ "$1" = --no-config ]; do shift; done
case "$1 $2" in
"python find") exit 1 ;;
"venv --quiet") for last; do :; done; exec "$REAL_PYTHON" -m venv --without-pip "$last" ;;
"pip install")
    [ -z "${UV_FAILS_WITH-}" ] || { echo "$UV_FAILS_WITH" >&2; exit 1; }
    [ -z "${UV_WAITS_FOR-}" ] || read -r _ <"$UV_WAITS_FOR"
    while [ "$1" != --python ]; do shift; done
    for site in "${2%/bin/python}"/lib/python3.*/site-packages; do echo "$PACKAGES" >"$site/packages.pth"; done
    ;;
*) exit 9 ;;
esac
"""


class Clone:
    """A copy of what the bootstrap needs of this repository, and a home and PATH of its own."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "clone"
        self.home = folder / "home"
        self.bin = folder / "bin"
        self.calls = folder / "calls"
        for place in (self.root / "requirements", self.home, self.bin):
            place.mkdir(parents=True)
        for name in ("firsthand", "pyproject.toml", "requirements/run.txt"):
            shutil.copy(ROOT / name, self.root / name)
        (self.root / "src").symlink_to(ROOT / "src")
        self.tool("uv", UV)
        (self.bin / "python3").symlink_to(sys.executable)
        self.env = {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "HOME": str(self.home),
            "CALLS": str(self.calls),
            "REAL_PYTHON": os.path.realpath(sys.executable),
            "PACKAGES": next(p for p in sys.path if p.endswith("site-packages")),
        }

    def tool(self, name: str, text: str) -> Path:
        """Put a program on PATH."""
        place = self.bin / name
        place.unlink(missing_ok=True)
        place.write_text(text, encoding="utf-8")
        place.chmod(0o755)
        return place

    def call(self, *args: str, script: Path | str = "./firsthand", cwd: Path | None = None, **env: str) -> "Called":
        """Call the bootstrap as a user would."""
        done = subprocess.run(
            [script, *args], cwd=cwd or self.root, env=self.env | env, capture_output=True, text=True, timeout=60
        )
        return Called(done.returncode, done.stdout, done.stderr)

    def installations(self) -> int:
        """How often packages were installed."""
        return self.calls.read_text().count("pip install") if self.calls.exists() else 0


class Called:
    """How a call ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


@pytest.fixture
def installed(clone: Clone) -> Clone:
    assert clone.call("--version").code == 0
    return clone


def test_the_first_call_installs_with_a_line_per_step_and_then_runs_the_command(clone: Clone) -> None:
    first = clone.call("--version")

    assert (first.code, first.out) == (0, f"firsthand {_version()}\n")
    assert [line.split()[0] for line in first.err.splitlines() if line.startswith("  ")] == ["1/3", "2/3", "3/3"]
    assert "seconds" in first.err
    assert "--require-hashes" in clone.calls.read_text()


def test_the_second_call_starts_nothing_but_the_command(installed: Clone) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not here to count processes")
    log = installed.root / "strace.log"
    second = installed.call(
        *("-f", "-qq", "-e", "trace=fork,vfork,clone,clone3,execve", "-o", str(log), "./firsthand", "--version"),
        script="/usr/bin/strace",
    )
    started = log.read_text().splitlines()

    assert (second.code, second.err) == (0, "")
    calls = [line.split(maxsplit=1)[1].partition("(")[0] for line in started]
    assert calls == ["execve", "execve"], "the script, then Python in its place"


def test_the_second_call_installs_nothing(installed: Clone) -> None:
    second = installed.call("--version")

    assert (second.code, second.err) == (0, "")
    assert installed.installations() == 1


def test_a_bare_call_prints_help(installed: Clone) -> None:
    bare = installed.call()

    assert "Usage:" in bare.out + bare.err
    assert "tour" in bare.out + bare.err


def test_it_works_through_a_link_and_from_any_folder(installed: Clone, tmp_path: Path) -> None:
    place = installed.home / ".local/bin"
    place.mkdir(parents=True)
    (place / "firsthand").symlink_to(os.path.relpath(installed.root / "firsthand", place))

    linked = installed.call("--version", script=place / "firsthand", cwd=tmp_path)
    by_name = installed.call("-c", "firsthand --version", script="/bin/sh", PATH=f"{place}:/usr/bin:/bin")

    assert linked.out == by_name.out == f"firsthand {_version()}\n"
    assert linked.err == by_name.err == ""


@pytest.mark.parametrize(
    ("typed", "cwd", "command"),
    [
        ("./firsthand", ".", "./firsthand"),
        ("../clone/firsthand", ".", "../clone/firsthand"),
        ("PATH=$PWD:$PATH; firsthand", ".", "firsthand"),
        ("sh firsthand", ".", "./firsthand"),
        ("clone/firsthand", "..", "clone/firsthand"),
    ],
)
def test_the_command_is_told_how_it_was_called(installed: Clone, typed: str, cwd: str, command: str) -> None:
    _replace_command(installed, "import os; print(os.environ['FIRSTHAND_COMMAND'], os.environ['FIRSTHAND_SCRIPT'])")

    told = installed.call("-c", typed, script="/bin/sh", cwd=installed.root / cwd)

    assert told.out == f"{command} {installed.root / 'firsthand'}\n", told.err


def test_modules_in_the_folder_where_it_is_called_are_not_taken_for_ours(installed: Clone, tmp_path: Path) -> None:
    for module in ("click", "select", "firsthand"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('the wrong module')\n")

    called = installed.call("labs", "--help", script=installed.root / "firsthand", cwd=tmp_path)

    assert called.code == 0, called.err


def test_a_changed_lock_is_installed_again(installed: Clone) -> None:
    with (installed.root / "requirements/run.txt").open("a") as lock:
        lock.write("# changed\n")

    again = installed.call("--version")

    assert again.code == 0
    assert "brought up to date" in again.err
    assert installed.installations() == 2


def test_a_touched_lock_costs_no_installation_and_the_next_call_nothing_at_all(installed: Clone) -> None:
    (installed.root / "requirements/run.txt").touch()

    assert [installed.call("--version").err for _ in range(2)] == ["", ""]
    assert installed.installations() == 1


def test_an_interrupted_installation_is_begun_anew(clone: Clone) -> None:
    failed = clone.call("--version", UV_FAILS_WITH="Killed")
    (clone.root / ".venv/half-written").touch()

    again = clone.call("--version")

    assert (failed.code, again.code) == (4, 0)
    assert not (clone.root / ".venv/half-written").exists()


def test_a_moved_clone_mends_itself(installed: Clone) -> None:
    moved = installed.root.with_name("elsewhere")
    installed.root.rename(moved)

    called = installed.call("--version", cwd=moved)

    assert called.code == 0, called.err
    assert (moved / ".venv/firsthand.stamp").read_text().startswith(f"{moved}\n")


def test_an_environment_whose_python_is_gone_is_made_anew(installed: Clone) -> None:
    python = installed.root / ".venv/bin/python"
    python.unlink()
    python.symlink_to("/nowhere/python3")

    assert installed.call("--version").code == 0


def test_two_first_calls_at_once_install_once(clone: Clone, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    env = clone.env | {"UV_WAITS_FOR": str(gate)}
    one = subprocess.Popen(["./firsthand", "--version"], cwd=clone.root, env=env, stdout=-1, stderr=-1, text=True)
    with gate.open("w") as opened:  # opens when the first one is in the middle of its installation
        two = subprocess.Popen(["./firsthand", "--version"], cwd=clone.root, env=env, stdout=-1, stderr=-1, text=True)
        assert two.stderr is not None
        assert "waiting for it" in two.stderr.readline()
        opened.write("go on\n")
    outcomes = [process.communicate(timeout=60) for process in (one, two)]

    assert [out for out, _ in outcomes] == [f"firsthand {_version()}\n"] * 2
    assert clone.installations() == 1


def test_a_python_that_is_too_old_is_explained(clone: Clone) -> None:
    (clone.bin / "python3").unlink()
    old = 'case "$2" in *print*) echo "$3 3.9" ;; *) exit 1 ;; esac'
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14", "python"):
        clone.tool(name, f"#!/bin/sh\n{old}\n")

    called = clone.call("--version")

    assert called.code == 4
    assert "needs Python 3.11 or newer; found here: python3 3.9" in called.err
    assert "apt install python3" in called.err
    assert "FIRSTHAND_PYTHON=" in called.err


def test_a_python_that_was_named_wrongly_is_explained(clone: Clone) -> None:
    called = clone.call("--version", FIRSTHAND_PYTHON="/nowhere/python")

    assert called.code == 4
    assert "FIRSTHAND_PYTHON is /nowhere/python" in called.err


def test_a_missing_venv_module_is_explained(clone: Clone) -> None:
    (clone.bin / "uv").unlink()
    (clone.bin / "python3").unlink()
    clone.tool("python3", f'#!/bin/sh\ncase "$2" in *ensurepip*) exit 1 ;; esac\nexec {sys.executable} "$@"\n')

    called = clone.call("--version")

    assert called.code == 4
    assert "lacks the venv module" in called.err
    assert "sudo apt install python3-venv" in called.err


def test_a_missing_network_is_explained(clone: Clone) -> None:
    called = clone.call("--version", UV_FAILS_WITH="error: Failed to fetch: dns error: failed to lookup address")

    assert called.code == 4
    assert "could not be fetched" in called.err
    assert "needs a network once" in called.err


@pytest.mark.slow
def test_pip_without_a_network_is_explained_too(clone: Clone) -> None:
    (clone.bin / "uv").unlink()

    called = clone.call(
        "--version", PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0", PIP_FIND_LINKS="", PIP_NO_CACHE_DIR="1"
    )

    assert called.code == 4
    assert "could not be fetched" in called.err


def test_no_network_does_not_spoil_an_installation_that_only_wants_an_update(installed: Clone) -> None:
    lock = installed.root / "requirements/run.txt"
    before = lock.read_text()
    lock.write_text(before + "# newer\n")
    failed = installed.call("--version", UV_FAILS_WITH="dns error")
    lock.write_text(before)

    back = installed.call("--version", UV_FAILS_WITH="dns error")

    assert (failed.code, back.code) == (4, 0)
    assert back.err == ""


def test_a_full_disk_is_explained(clone: Clone) -> None:
    called = clone.call("--version", UV_FAILS_WITH="OSError: [Errno 28] No space left on device")

    assert called.code == 4
    assert "the disk is full" in called.err


@pytest.fixture
def foreign_clone() -> Iterator[Clone]:
    """A clone that another user may look into."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Clone(Path(folder))


def test_a_folder_that_cannot_be_written_is_explained(foreign_clone: Clone) -> None:
    if os.getuid() != 0:
        foreign_clone.root.chmod(0o555)
    done = subprocess.run(
        ["/bin/sh", foreign_clone.root / "firsthand"],
        **({"user": 65534, "group": 65534, "extra_groups": []} if os.getuid() == 0 else {}),
        cwd="/",
        env=foreign_clone.env,
        capture_output=True,
        text=True,
    )
    foreign_clone.root.chmod(0o755)

    assert done.returncode == 4
    assert "cannot be written" in done.stderr


@pytest.fixture
def windows_drive() -> Iterator[Clone]:
    place = Path("/mnt/z")
    if os.getuid() != 0 or place.exists():
        pytest.skip("only root can make /mnt/z, and only where there is none")
    place.mkdir()
    try:
        yield Clone(place)
    finally:
        shutil.rmtree(place)


def test_a_clone_on_a_windows_drive_is_explained(windows_drive: Clone) -> None:
    refused = windows_drive.call("--version", WSL_DISTRO_NAME="Debian")
    insisted = windows_drive.call("--version", WSL_DISTRO_NAME="Debian", FIRSTHAND_ALLOW_MNT="1")

    assert refused.code == 4
    assert "on a Windows drive" in refused.err
    assert "FIRSTHAND_ALLOW_MNT=1 ./firsthand" in refused.err
    assert insisted.code == 0


@pytest.mark.parametrize(("answer", "linked"), [("y", True), ("n", False), ("", False)])
def test_a_link_is_offered_once_on_a_terminal(clone: Clone, answer: str, linked: bool) -> None:
    first = _on_a_terminal(clone, answer)
    shutil.rmtree(clone.root / ".venv")
    (clone.home / ".local/bin/firsthand").unlink(missing_ok=True)
    second = _on_a_terminal(clone, "y")

    assert "Link it into ~/.local/bin" in first
    assert ("Linked: ~/.local/bin/firsthand" in first) is linked
    assert ("not on your PATH" in first) is linked
    assert "Link it into" not in second


def test_nothing_is_asked_where_nobody_can_answer(clone: Clone) -> None:
    assert "Link it" not in clone.call("--version").err


def _version() -> str:
    from firsthand import __version__

    return __version__


def _replace_command(clone: Clone, code: str) -> None:
    """Let the bootstrap run this instead of the command."""
    (clone.root / "src").unlink()
    package = clone.root / "src/firsthand"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(code)


def _on_a_terminal(clone: Clone, answer: str) -> str:
    """What a call shows on a terminal whose user answers so to the first question."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["./firsthand", "--version"], cwd=clone.root, env=clone.env, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown, answered, end = b"", False, time.monotonic() + 60
    while time.monotonic() < end:
        select.select([ours], [], [], 1)
        try:
            shown += os.read(ours, 4096)
        except OSError:  # the other side is closed
            break
        if b"[y/N]" in shown and not answered:
            os.write(ours, answer.encode() + b"\n")
            answered = True
    os.close(ours)
    assert process.wait(timeout=20) == 0, shown
    return shown.decode()
