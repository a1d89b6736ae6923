"""A Procfile's word leads to the workspace's own program, else the learner's: never ours, never a shim."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from firsthand.bench.program import installing, languages, shims
from firsthand.bench.program.environment import learner_path, program_environment
from firsthand.bench.program.languages import Toolchain, version_of
from firsthand.bench.program.procfile import ProcessLine, read_procfile
from firsthand.bench.program.toolchain import Toolbox
from firsthand.core.errors import StartError


class Machine:
    """A learner's machine: a workspace, a PATH of two folders, and which files the program's user cannot read."""

    def __init__(self, root: Path) -> None:
        self.work, self.first, self.second = root / "work", root / "first", root / "second"
        self.cache = root / "cache"
        for folder in (self.work, self.first, self.second):
            folder.mkdir()
        self.unreachable: set[Path] = set()

    def box(self) -> Toolbox:
        return Toolbox(
            self.work,
            cache=self.cache,
            reachable=lambda path: path not in self.unreachable,
            path=f"{self.first}:{self.second}",
        )

    def line(self, command: str, name: str = "web") -> ProcessLine:
        (self.work / "Procfile").write_text(f"{name}: {command}\n")
        return read_procfile(self.work).need(name)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def program(path: Path, text: str = "#!/bin/sh\nexit 0\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def manager(path: Path, answer: Path, asked: Path) -> Path:
    """A version manager that counts how often it was asked."""
    return program(path, f'#!/bin/sh\necho "$@" >> {asked}\n[ "$1" = which ] && echo {answer}\n')


def test_the_workspace_comes_before_the_path(machine: Machine) -> None:
    program(machine.first / "python3")
    own = program(machine.work / ".venv/bin/python3")
    tool = program(machine.work / "node_modules/.bin/tsx")
    assert machine.box().resolve("python3").path == own
    assert machine.box().resolve("python3").how == "workspace"
    assert machine.box().resolve("tsx").path == tool


def test_then_the_path_in_its_order(machine: Machine) -> None:
    (machine.first / "node").mkdir()
    (machine.first / "deno").touch()
    found = program(machine.second / "node")
    assert machine.box().resolve("node").path == found
    with pytest.raises(StartError):
        machine.box().resolve("deno")


def test_python_falls_back_to_python3(machine: Machine) -> None:
    found = program(machine.second / "python3")
    assert machine.box().resolve("python").path == found


def test_never_our_own_virtual_environment(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    program(machine.first / "python3")
    theirs = program(machine.second / "python3")
    monkeypatch.setattr(sys, "prefix", str(machine.first.parent / "ours"))
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    (machine.first.parent / "ours").mkdir()
    (machine.first.parent / "ours/bin").symlink_to(machine.first)
    box = machine.box()
    assert box.resolve("python3").path == theirs
    assert str(machine.first) not in box.path.split(":")


def test_an_interpreter_out_of_reach_is_passed_over(machine: Machine) -> None:
    hidden = program(machine.first / "hidden/python3.11")
    (machine.first / "python3").symlink_to(hidden)
    other = program(machine.second / "python3")
    machine.unreachable = {hidden}
    assert machine.box().resolve("python3").path == other


def test_only_out_of_reach_is_explained(machine: Machine) -> None:
    machine.unreachable = {program(machine.first / "python3")}
    with pytest.raises(StartError, match="cannot be used") as caught:
        machine.box().resolve("python3")
    assert "run `firsthand` as yourself instead of root" in caught.value.advice


@pytest.mark.parametrize(
    "script",
    [
        '#!/usr/bin/env bash\nset -e\nprogram="${{0##*/}}"\nexec "{manager}" exec "$program" "$@"\n',
        '#!/usr/bin/env bash\n# asdf-plugin: python 3.12.1\nexec {manager} exec "python3" "$@"\n',
    ],
)
@pytest.mark.parametrize("name", ["pyenv", "asdf"])
def test_a_shim_leads_to_the_real_binary(machine: Machine, script: str, name: str) -> None:
    real = program(machine.work.parent / "versions/3.12/bin/python3")
    asked = machine.work.parent / "asked"
    tool = manager(machine.work.parent / f"libexec/{name}", real, asked)
    program(machine.first / "python3", script.format(manager=tool))
    found = machine.box().resolve("python3")
    assert (found.path, found.how) == (real, name)
    assert asked.read_text() == "which python3\n"


def test_a_link_to_rustup_leads_to_the_real_binary(machine: Machine) -> None:
    real = program(machine.work.parent / "toolchains/stable/bin/cargo")
    manager(machine.first / "rustup", real, machine.work.parent / "asked")
    (machine.first / "cargo").symlink_to("rustup")
    assert machine.box().resolve("cargo").path == real


def test_a_version_manager_is_asked_once_until_something_changes(machine: Machine) -> None:
    real = program(machine.work.parent / "versions/bin/python3")
    asked = machine.work.parent / "asked"
    tool = manager(machine.work.parent / "pyenv", real, asked)
    program(machine.first / "python3", f'#!/bin/sh\nexec "{tool}" exec python3 "$@"\n')
    for _ in range(3):
        assert machine.box().resolve("python3").path == real
    assert asked.read_text().count("which") == 1
    (machine.work / ".python-version").write_text("3.13\n")
    machine.box().resolve("python3")
    assert asked.read_text().count("which") == 2
    real.unlink()
    program(machine.second / "python3")
    assert machine.box().resolve("python3").path == machine.second / "python3"


@pytest.mark.parametrize("answer", ["exit 1", "echo not/absolute", "echo /nonexistent/python3", "kill -9 $$", ":"])
def test_a_version_manager_that_cannot_say_is_passed_over(machine: Machine, answer: str) -> None:
    tool = program(machine.work.parent / "pyenv", f"#!/bin/sh\n{answer}\n")
    program(machine.first / "python3", f'#!/bin/sh\nexec "{tool}" exec python3 "$@"\n')
    other = program(machine.second / "python3")
    assert machine.box().resolve("python3").path == other


def test_a_version_manager_that_hangs_is_given_up(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shims, "SHIM_S", 0.05)
    tool = program(machine.work.parent / "pyenv", "#!/bin/sh\nsleep 600 & wait\n")
    program(machine.first / "python3", f'#!/bin/sh\nexec "{tool}" exec python3 "$@"\n')
    other = program(machine.second / "python3")
    assert machine.box().resolve("python3").path == other


def test_a_shim_is_found_again_without_a_cache(machine: Machine) -> None:
    machine.cache.touch()
    real = program(machine.work.parent / "bin/node")
    tool = manager(machine.work.parent / "nodenv", real, machine.work.parent / "asked")
    program(machine.first / "node", f'#!/bin/sh\nexec "{tool}" exec node "$@"\n')
    assert machine.box().resolve("node").path == real


def test_a_long_script_that_mentions_a_manager_is_a_program(machine: Machine) -> None:
    script = program(machine.first / "serve", "#!/bin/sh\n" + "#" * shims.SHIM_BYTES_MAX + "\nexec pyenv exec x\n")
    assert machine.box().resolve("serve").path == script


def test_a_missing_command_is_explained(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing.shutil, "which", lambda name: "/usr/bin/apt" if name == "apt" else None)
    program(machine.first / "nodejs")
    with pytest.raises(StartError) as caught:
        machine.box().resolve("node", machine.line("node server.js"))
    assert caught.value.message == "The command `node` was not found (Procfile, line 1: web: node server.js)."
    assert caught.value.advice == "Did you mean `nodejs`? Install it: sudo apt install nodejs"


@pytest.mark.parametrize(
    ("name", "file", "words"),
    [
        ("gunicorn", "requirements.txt", "pip install -r requirements.txt"),
        ("tsx", "package.json", "npm install"),
        ("frob", "none.txt", "Install frob, or correct the Procfile."),
    ],
)
def test_a_missing_project_command_says_how_to_get_it(machine: Machine, name: str, file: str, words: str) -> None:
    (machine.work / file).touch()
    with pytest.raises(StartError) as caught:
        machine.box().resolve(name)
    assert words in caught.value.advice


def test_install_hints_know_a_machine_without_a_package_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing.shutil, "which", lambda _: None)
    assert installing.how_to_install("javac") == "Install java from its own site, and open a new terminal."
    assert installing.how_to_install("frobnicate") == ""


def test_a_path_is_taken_from_the_workspace(machine: Machine) -> None:
    own = program(machine.work / "bin/server")
    assert machine.box().resolve("./bin/server").path == own
    assert machine.box().resolve("/bin/sh").path == Path("/bin/sh")


def _absent(work: Path) -> None:
    program(work / "servers")


def _folder(work: Path) -> None:
    (work / "server").mkdir()


def _plain(work: Path) -> None:
    (work / "server").write_text("x")


def _crlf(work: Path) -> None:
    program(work / "server").write_bytes(b"#!/bin/sh\r\nexit\r\n")


@pytest.mark.parametrize(
    ("prepare", "message", "advice"),
    [
        (_absent, "There is no file ./server in your workspace", "Did you mean `servers`?"),
        (_folder, "is a folder", "Name the file"),
        (_plain, "is not executable", "chmod +x ./server"),
        (_crlf, "Windows line ends", "sed -i"),
    ],
)
def test_a_path_that_cannot_be_started_is_explained(
    machine: Machine, prepare: Callable[[Path], None], message: str, advice: str
) -> None:
    prepare(machine.work)
    with pytest.raises(StartError, match=message) as caught:
        machine.box().resolve("./server", machine.line("./server"))
    assert advice in caught.value.advice


def test_an_absolute_path_out_of_reach_is_explained(machine: Machine) -> None:
    machine.unreachable = {program(machine.first / "tool")}
    with pytest.raises(StartError, match="cannot be used"):
        machine.box().resolve(str(machine.first / "tool"))


def test_start_gives_arguments_and_a_clean_environment(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("PYTHONPATH", "/ours")
    python = program(machine.first / "python3")
    start = machine.box().start(machine.line("MODE=fast python s.py $PORT"), {"PORT": "81"}, Path("/h"), ["x"])
    assert start.argv == [str(python), "s.py", "81", "x"]
    assert start.env == {
        "PATH": f"{machine.first}:{machine.second}", "HOME": "/h", "TMPDIR": "/h/tmp", "LANG": "C.UTF-8", "TZ": "UTC",
        "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1", "PORT": "81", "MODE": "fast",
    }  # fmt: skip


@pytest.mark.parametrize("command", ["python3 s.py", "cd . && python3 s.py"])
def test_what_a_program_starts_itself_finds_no_shim_either(machine: Machine, command: str) -> None:
    real = program(machine.work.parent / "versions/bin/python3")
    tool = manager(machine.work.parent / "pyenv", real, machine.work.parent / "asked")
    program(machine.first / "python3", f'#!/bin/sh\nexec "{tool}" exec python3 "$@"\n')
    start = machine.box().start(machine.line(command), {}, Path("/h"))
    assert start.env["PATH"].split(":")[0] == str(real.parent)
    assert Path(start.argv[0]) in (real, Path("/bin/sh"))


def test_start_without_a_port_leaves_it_to_the_environment(machine: Machine) -> None:
    tool = program(machine.first / "tool", '#!/bin/sh\necho "$ADDRESS" "$@"\n')
    start = machine.box().start(machine.line("ADDRESS=::1:$PORT tool --port=$PORT"), {}, Path("/h"))
    assert str(tool) in start.argv
    env = start.env | {"PORT": "81"}
    done = subprocess.run([*start.argv, "more"], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "::1:81 --port=81 more\n"


def test_a_variable_of_the_lab_wins(tmp_path: Path) -> None:
    found = program_environment({"TZ": "Asia/Kathmandu", "PATH": "/x"}, tmp_path, "/bin")
    assert (found["TZ"], found["PATH"]) == ("Asia/Kathmandu", "/x")


def test_a_search_path_is_never_empty_or_relative() -> None:
    assert learner_path("") == "/usr/local/bin:/usr/bin:/bin"
    assert learner_path(".:bin::/opt/bin:/opt/bin", [Path("/first")]) == "/first:/opt/bin"


def test_languages_tell_versions_or_how_to_get_them(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "cache_dir", lambda: machine.cache)
    program(machine.first / "python3", "#!/bin/sh\necho Python 3.12.4\n")
    program(machine.first / "java", "#!/bin/sh\necho 'openjdk version \"21.0.2\" 2024' >&2\n")
    program(machine.first / "php", "#!/bin/sh\nexit 3\n")
    found = {t.name: t for t in languages.languages(machine.work, str(machine.first))}
    assert list(found) == ["python", "node", "java", "javac", "go", "php", "ruby", "dotnet", "cargo", "deno", "bun"]
    assert found["python"] == Toolchain("python", machine.first / "python3", "3.12.4", "PATH", "")
    assert found["java"].version == "21.0.2"
    assert found["php"].version == ""
    assert "try it by hand" in found["php"].advice
    assert found["ruby"].path is None
    assert "nstall" in found["ruby"].advice


def test_a_version_that_never_comes_is_empty(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "VERSION_S", 0.05)
    assert version_of(program(machine.first / "go", "#!/bin/sh\nexec sleep 600\n"), []) == ""
    assert version_of(machine.first / "nothing", []) == ""


def test_the_real_python_of_this_machine_runs(tmp_path: Path) -> None:
    box = Toolbox(tmp_path, cache=tmp_path / "cache", reachable=lambda _: True)
    found = box.resolve("python3").path
    code = "import sys, json; print(json.dumps([sys.version_info[0], sys.prefix]))"
    major, prefix = json.loads(subprocess.run([found, "-c", code], capture_output=True, check=True).stdout)
    assert major == 3
    assert sys.prefix == sys.base_prefix or prefix != sys.prefix
