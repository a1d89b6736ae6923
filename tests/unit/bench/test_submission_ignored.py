"""Dependencies, outputs and what .gitignore names stay out of a submission and cost nothing."""

import os
from pathlib import Path

import pytest

from firsthand.bench.submission import Submission, ignored, snapshot, walk


def wrote(folder: Path, *names: str, content: str = "x") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


def paths(found: Submission) -> list[str]:
    return [entry.path for entry in found.files]


def beside(found: Submission) -> dict[str, str]:
    return {entry.path: entry.kind for entry in found.beside}


def test_an_ignored_folder_is_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrote(tmp_path, "app.js", "node_modules/express/index.js", "logs/2026/a.log", "sub/.venv/pyvenv.cfg", "sub/b.js")
    wrote(tmp_path, ".gitignore", content="logs/\n")
    listed = []
    real = os.scandir

    def counting(fd: int) -> "os._ScandirContext[str]":
        listed.append(Path(f"/proc/self/fd/{fd}").readlink().name)
        return real(fd)

    monkeypatch.setattr(walk.os, "scandir", counting)
    found = snapshot(tmp_path)
    assert listed == [tmp_path.name, "sub"]
    assert paths(found) == [".gitignore", "app.js", "sub/b.js"]
    assert beside(found) == {"logs": "ignored", "node_modules": "dependency", "sub/.venv": "dependency"}
    assert found.beside[-1].source == tmp_path / "sub/.venv"


def test_what_is_worthless_is_not_even_beside(tmp_path: Path) -> None:
    wrote(
        tmp_path, "a.py", ".git/HEAD", "__pycache__/a.pyc", ".DS_Store", ".idea/x", ".mypy_cache/x", "b.pyc", ".a.swp"
    )
    found = snapshot(tmp_path)
    assert paths(found) == ["a.py"]
    assert found.beside == ()


@pytest.mark.parametrize(
    ("folder", "sign", "kind"),
    [
        ("vendor", "go.mod", "dependency"),
        ("vendor", "composer.json", "dependency"),
        ("target", "Cargo.toml", "output"),
        ("target", "pom.xml", "output"),
        ("build", "build.gradle.kts", "output"),
        ("dist", "package.json", "output"),
        ("bin", "Shop.csproj", "output"),
        ("obj", "Shop.csproj", "output"),
    ],
)
def test_a_telling_name_counts_only_beside_its_sign(tmp_path: Path, folder: str, sign: str, kind: str) -> None:
    wrote(tmp_path, f"{folder}/own.py", f"app/{folder}/own.py")
    assert paths(snapshot(tmp_path)) == [f"app/{folder}/own.py", f"{folder}/own.py"]
    wrote(tmp_path, f"app/{sign}")
    found = snapshot(tmp_path)
    assert f"{folder}/own.py" in paths(found)
    assert beside(found) == {f"app/{folder}": kind}


def test_gitignore_may_say_that_a_telling_name_is_source(tmp_path: Path) -> None:
    wrote(tmp_path, "package.json", "build/own.js")
    assert "build/own.js" not in paths(snapshot(tmp_path))
    wrote(tmp_path, ".gitignore", content="!build/\n")
    assert "build/own.js" in paths(snapshot(tmp_path))


def test_a_python_environment_is_known_by_what_it_holds(tmp_path: Path) -> None:
    wrote(tmp_path, "my-env/pyvenv.cfg", "my-env/bin/python", "env/own.py")
    found = snapshot(tmp_path)
    assert paths(found) == ["env/own.py"]
    assert beside(found) == {"my-env": "dependency"}


def test_a_link_named_node_modules_is_a_dependency(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work/node_modules").symlink_to(tmp_path / "elsewhere")
    found = snapshot(tmp_path / "work")
    assert (paths(found), beside(found), found.notices) == ([], {"node_modules": "dependency"}, ())


def test_reads_gitignore_as_git_does(tmp_path: Path) -> None:
    wrote(
        tmp_path,
        ".gitignore",
        content="\ufeff# logs\r\n*.log\r\n!keep.log\r\n/top\r\ndata/*\r\n!data/schema.sql\r\n.env\r\nbuild/\r\n",
    )
    wrote(
        tmp_path,
        "a.log",
        "keep.log",
        "sub/b.log",
        "top/x",
        "sub/top",
        "data/big.csv",
        "data/schema.sql",
        ".env",
        "build/x",
    )
    found = snapshot(tmp_path)
    assert paths(found) == [".gitignore", "data/schema.sql", "keep.log", "sub/top"]
    assert beside(found) == {
        ".env": "ignored", "a.log": "ignored", "sub/b.log": "ignored", "top": "ignored", "data/big.csv": "ignored",
        "build": "output",
    }  # fmt: skip


def test_deeper_gitignores_have_the_last_word(tmp_path: Path) -> None:
    wrote(tmp_path, ".gitignore", content="*.txt\nsecret\n")
    wrote(tmp_path, "sub/.gitignore", content="!*.txt\nlocal\n/here\n")
    wrote(
        tmp_path, "a.txt", "sub/b.txt", "sub/local", "local", "sub/here", "sub/deep/here", "sub/secret", "other/c.txt"
    )
    assert paths(snapshot(tmp_path)) == [
        ".gitignore", "local", "sub/.gitignore", "sub/b.txt", "sub/deep/here",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [b"!\n*.log\n", b"\xff\xfe\n*.log\n", b"/\n*.log\n", b"***\x00[\n*.log\n", b"[z-a]\n*.log\n", b"[[a]\n*.log\n"],
)
def test_a_gitignore_with_nonsense_still_counts(tmp_path: Path, content: bytes) -> None:
    wrote(tmp_path, "a.py", "a.log")
    (tmp_path / ".gitignore").write_bytes(content)
    assert paths(snapshot(tmp_path)) == [".gitignore", "a.py"]


def test_a_gitignore_is_read_up_to_its_limit(tmp_path: Path) -> None:
    wrote(tmp_path, "a.log", "b.log")
    wrote(tmp_path, ".gitignore", content="a.log\n" + "#" * ignored.GITIGNORE_BYTES_MAX + "\nb.log\n")
    assert paths(snapshot(tmp_path)) == [".gitignore", "b.log"]


def test_a_gitignore_that_is_a_link_or_a_pipe_is_not_read(tmp_path: Path) -> None:
    wrote(tmp_path, "rules", content="*.log\n")
    wrote(tmp_path, "a.log", "sub/b.log")
    (tmp_path / ".gitignore").symlink_to("rules")
    os.mkfifo(tmp_path / "sub/.gitignore")
    found = snapshot(tmp_path)
    assert paths(found) == [".gitignore", "a.log", "rules", "sub/b.log"]


def test_ignored_pipes_and_sockets_are_not_mentioned(tmp_path: Path) -> None:
    wrote(tmp_path, ".gitignore", content="*.sock\n")
    os.mkfifo(tmp_path / "a.sock")
    found = snapshot(tmp_path)
    assert (found.notices, found.beside) == ((), ())
