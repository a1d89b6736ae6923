"""A Procfile is read as people write it, and what is wrong with it is said with the line."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firsthand.bench.program.procfile import PROCFILE_BYTES_MAX, ProcessLine, Procfile, has_build, read_procfile
from firsthand.core.errors import ProcfileError


def written(folder: Path, content: bytes | str) -> Procfile:
    (folder / "Procfile").write_bytes(content.encode() if isinstance(content, str) else content)
    return read_procfile(folder)


def complaint(folder: Path, content: bytes | str) -> str:
    with pytest.raises(ProcfileError) as caught:
        written(folder, content)
    return str(caught.value)


def line(folder: Path, command: str) -> ProcessLine:
    return written(folder, f"web: {command}\n").need("web")


def test_reads_processes_in_order(tmp_path: Path) -> None:
    found = written(tmp_path, "build: go build -o server .\nweb: ./server --port $PORT\nworker: ./server work\n")
    assert list(found.processes) == ["build", "web", "worker"]
    assert found.need("web").argv({"PORT": "4711"}) == ["./server", "--port", "4711"]
    assert found.need("worker").line == 3
    assert found.get("clock") is None


@pytest.mark.parametrize(
    "content",
    [
        b"web: python server.py",
        b"web: python server.py\r\n",
        b"web: python server.py\r",
        b"\xef\xbb\xbfweb: python server.py\n",
        b"# how it starts\n\n\tweb\t:\tpython\tserver.py\t\n   # end\n",
        b"web:python server.py\n",
    ],
)
def test_is_kind_to_editors_of_all_systems(tmp_path: Path, content: bytes) -> None:
    assert written(tmp_path, content).need("web").argv({}) == ["python", "server.py"]


def test_splits_words_as_a_shell_does(tmp_path: Path) -> None:
    found = line(tmp_path, """python 'my server.py' --name "two words" --not='$PORT' a\\ b --port=${PORT}""")
    assert found.needs_shell is False
    assert found.argv({"PORT": "80"}, ["more"]) == [
        "python", "my server.py", "--name", "two words", "--not=$PORT", "a b", "--port=80", "more",
    ]  # fmt: skip


def test_takes_leading_assignments_into_the_environment(tmp_path: Path) -> None:
    found = line(tmp_path, "DEBUG=1 ADDRESS=127.0.0.1:$PORT node server.js A=b")
    assert found.environment({"PORT": "9"}) == {"DEBUG": "1", "ADDRESS": "127.0.0.1:9"}
    assert found.argv({"PORT": "9"}) == ["node", "server.js", "A=b"]


@pytest.mark.parametrize(
    ("command", "script"),
    [
        ("cd src && python app.py", 'cd src && python app.py "$@"'),
        ("python app.py > log.txt", 'exec python app.py > log.txt "$@"'),
        ("node $HOME/server.js", 'exec node $HOME/server.js "$@"'),
        ("python app.py --port $PORT_NUMBER", 'exec python app.py --port $PORT_NUMBER "$@"'),
        ("A=$B node server.js", 'A=$B node server.js "$@"'),
        ("cat a | sh", 'cat a | sh "$@"'),
        ("exec python app.py", 'exec python app.py "$@"'),
        ('python "$DATA_DIR/app.py"', 'exec python "$DATA_DIR/app.py" "$@"'),
        ("(cd src; python app.py)", "(cd src; python app.py)"),
        ("if true; then node a.js; fi", "if true; then node a.js; fi"),
        ("node a.js &", "node a.js &"),
        ("node a.js # the server", "exec node a.js # the server"),
    ],
)
def test_leaves_shell_syntax_to_the_shell(tmp_path: Path, command: str, script: str) -> None:
    found = line(tmp_path, command)
    assert found.argv({"PORT": "1"}) == ["/bin/sh", "-c", script, "sh"]
    assert found.environment({}) == {}


@pytest.mark.parametrize("command", ["echo 'a && b; $HOME'", 'echo "a > b | c"', "echo a\\&b", "echo a=b"])
def test_quoted_operators_need_no_shell(tmp_path: Path, command: str) -> None:
    assert line(tmp_path, command).needs_shell is False


def test_gives_further_arguments_to_a_shell_line(tmp_path: Path) -> None:
    found = line(tmp_path, "printf '<%s>' $NOTHING")
    done = subprocess.run(found.argv({}, ["a b", "$c"]), capture_output=True, text=True, check=True)
    assert done.stdout == "<a b><$c>"
    late = subprocess.run([*found.argv({}), "a b"], capture_output=True, text=True, check=True)
    assert late.stdout == "<a b>"


def test_a_port_that_comes_later_is_taken_from_the_environment(tmp_path: Path) -> None:
    found = line(tmp_path, """A="x y" B=127.0.0.1:$PORT printf '%s|' "it's" ${PORT} '' a$PORT-b '$PORT'""")
    assert found.environment({}) == {"A": "x y"}
    script = found.late_script({})
    assert script.startswith("export B=")
    done = subprocess.run(
        ["/bin/sh", "-c", f"{script} \"$B\"", "/usr/bin/printf", "more"],
        env={"PORT": "47"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "it's|47||a47-b|$PORT|more|127.0.0.1:47|"
    assert found.late_script({"PORT": "1"}) == ""
    assert line(tmp_path, "node server.js").late_script({}) == ""


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"build: x", True),
        (b"\xef\xbb\xbf build : x", True),
        (b"web: y\r\nbuild: x", True),
        (b"web: build: x", False),
        (b"# build: x", False),
        (b"web: ./build/server\nprebuild: x", False),
    ],
)
def test_a_build_line_is_seen_before_all_is_read(content: bytes, expected: bool) -> None:
    assert has_build(content) is expected


def test_a_missing_file_shows_lines_that_fit(tmp_path: Path) -> None:
    (tmp_path / "server.js").touch()
    with pytest.raises(ProcfileError, match="There is no Procfile") as caught:
        read_procfile(tmp_path)
    assert "web: node server.js" in caught.value.advice


@pytest.mark.parametrize(
    ("file", "shown"),
    [
        ("app.py", "web: python app.py"),
        ("go.mod", "build: go build"),
        ("Main.java", "web: java Main"),
        ("x", "server.py"),
    ],
)
def test_the_example_fits_the_language(tmp_path: Path, file: str, shown: str) -> None:
    (tmp_path / file).touch()
    assert shown in complaint(tmp_path, "\n# nothing\n")


@pytest.mark.parametrize("near", ["procfile", "Procfile.txt", "app/Procfile"])
def test_points_at_a_procfile_nearby(tmp_path: Path, near: str) -> None:
    (tmp_path / near).parent.mkdir(exist_ok=True)
    (tmp_path / near).write_text("web: x\n")
    with pytest.raises(ProcfileError) as caught:
        read_procfile(tmp_path)
    assert f"mv {near} Procfile" in caught.value.advice


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("# only a remark\n", "empty"),
        ("web: a\n\npython server.py\n", "line 3 has no `name: command`:\n    python server.py"),
        ("web: a\nweb: b\n", "line 2 has a second `web`; the first stands in line 1"),
        ("web:\n", "line 1 has no command behind `web:`"),
        ("web: DEBUG=1\n", "no command, only variables"),
        ("web: echo 'open\n", "a quote that is not closed"),
        ("web: echo \\\n", "a backslash at its end"),
        ("web：python server.py\n", "full-width colon"),
        (b"web: a\nworker: caf\xe9\n", "not UTF-8: byte 0xe9 in line 2"),
        ("web: a\n" + "#" * PROCFILE_BYTES_MAX, "bigger than 64 KiB"),
        ("\x1b[31mweb python\n", "\\x1b[31mweb python"),
    ],
)
def test_says_what_is_wrong_in_which_line(tmp_path: Path, content: bytes | str, words: str) -> None:
    assert words in complaint(tmp_path, content)


def test_a_missing_process_has_its_own_words(tmp_path: Path) -> None:
    found = written(tmp_path, "worker: python work.py\n")
    with pytest.raises(ProcfileError, match="has no `web` line") as caught:
        found.need("web")
    assert "It has `worker`" in caught.value.message
    with pytest.raises(ProcfileError) as caught:
        written(tmp_path, "Web: python x.py\n").need("web")
    assert "case-sensitive" in caught.value.advice


def test_never_hangs_at_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Procfile")
    with pytest.raises(ProcfileError, match="There is no Procfile"):
        read_procfile(tmp_path)


words = st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ue000"), max_size=8))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(wanted=words)
def test_quoted_words_come_through_as_they_are(tmp_path: Path, wanted: list[str]) -> None:
    found = line(tmp_path, shlex.join(["tool", *wanted]))
    assert found.argv({"PORT": "1"}) == ["tool", *wanted]
    assert found.needs_shell is False
