"""A kept submission comes back as it was, and no archive of an enemy's does any harm."""

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firsthand.bench.submission import Entry, Submission, archive, load, snapshot
from firsthand.core.errors import DiskFullError, WorkspaceError
from firsthand.core.limits import SUBMISSION_FILE_BYTES_MAX, SUBMISSION_FILES_MAX

names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0\n\r"), min_size=1, max_size=12).filter(
    lambda name: name not in (".", "..") and len(name.encode()) < 200
)
trees = st.recursive(
    st.tuples(st.binary(max_size=300), st.booleans()),
    lambda inner: st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
).filter(lambda tree: isinstance(tree, dict))


def entries(tree: dict, prefix: str = "") -> list[Entry]:
    found = []
    for name, value in tree.items():
        if isinstance(value, dict):
            found += entries(value, f"{prefix}{name}/")
        else:
            found.append(Entry(prefix + name, "file", value[0], executable=value[1]))
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(tree=trees, link=names)
def test_any_bytes_and_names_come_back(tmp_path: Path, tree: dict, link: str) -> None:
    files = entries(tree)
    if link not in tree:
        files.append(Entry(link, "link", (files[0].path if files else "nowhere").encode()))
    one = Submission(tuple(files))
    one.save(tmp_path / "a.tar.gz")
    again = load(tmp_path / "a.tar.gz")
    assert again.files == one.files
    assert again.digest == one.digest


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(cut=st.integers(0, 5_000), byte=st.integers(0, 255), packed=st.booleans())
def test_a_damaged_archive_is_refused_or_the_same(tmp_path: Path, cut: int, byte: int, packed: bool) -> None:
    one = Submission(
        (Entry("a", "file", b"x" * 700), Entry("b/ü", "file", b"y", executable=True), Entry("c", "link", b"a"))
    )
    file = tmp_path / "a.tar.gz"
    one.save(file)
    data = bytearray(file.read_bytes() if packed else gzip.decompress(file.read_bytes()))
    data[cut % len(data)] = byte
    file.write_bytes(bytes(data) if packed else gzip.compress(bytes(data), 1))
    assert outcome(file) in (one.digest, "refused")


def outcome(file: Path) -> str:
    try:
        return load(file).digest
    except WorkspaceError:
        return "refused"


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    files = (Entry("b", "file", b"1"), Entry("a", "file", b"2"))
    Submission(files, source=tmp_path).save(tmp_path / "one.tar.gz")
    Submission(files[::-1], notices=("x",)).save(tmp_path / "two.tar.gz")
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one.tar.gz", "two.tar.gz"]


def test_common_tools_can_read_it(tmp_path: Path) -> None:
    Submission((Entry("src/ä.py", "file", b"print(1)\n"),)).save(tmp_path / "a.tar.gz")
    with tarfile.open(tmp_path / "a.tar.gz") as opened:
        assert opened.getnames() == ["src/ä.py"]


def test_what_lies_beside_comes_from_the_workspace_only(tmp_path: Path) -> None:
    work = tmp_path / "work"
    (work / "node_modules").mkdir(parents=True)
    (work / "a.js").write_text("1")
    snapshot(work).save(tmp_path / "a.tar.gz")
    assert load(tmp_path / "a.tar.gz").beside == ()
    again = load(tmp_path / "a.tar.gz", work)
    assert [b.path for b in again.beside] == ["node_modules"]
    assert again.source == work
    assert load(tmp_path / "a.tar.gz", tmp_path / "gone").source is None
    (work / "big").write_bytes(bytes(SUBMISSION_FILE_BYTES_MAX + 1))
    assert load(tmp_path / "a.tar.gz", work).beside == ()


def made(path: Path, *members: tarfile.TarInfo, data: bytes = b"", headers: dict[str, str] | None = None) -> Path:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT, pax_headers=headers or {}) as opened:
        for member in members:
            opened.addfile(member, io.BytesIO(data) if member.size else None)
    path.write_bytes(gzip.compress(raw.getvalue(), 1))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 0) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([member("/etc/cron.d/x")], "not one inside a folder"),
        ([member("../x")], "not one inside a folder"),
        ([member("a/../../x")], "not one inside a folder"),
        ([member("a//b")], "not one inside a folder"),
        ([member("./a")], "not one inside a folder"),
        ([member("a\nb")], "line break"),
        ([member("/".join("d" * 60))], "too long"),
        ([member("x" * 5_000)], "too long"),
        ([member("a"), member("a")], "twice"),
        ([member("a", tarfile.SYMTYPE, "/etc/passwd")], "leads out"),
        ([member("a", tarfile.SYMTYPE, "../x")], "leads out"),
        ([member("a", tarfile.SYMTYPE, "b"), member("a/x")], "both a folder and a file or link"),
        ([member("a", tarfile.LNKTYPE, "b")], "neither a file nor a link"),
        ([member("a", tarfile.FIFOTYPE)], "neither a file nor a link"),
        ([member("a", tarfile.CHRTYPE)], "neither a file nor a link"),
        ([member("a", tarfile.DIRTYPE)], "neither a file nor a link"),
        ([member("a", tarfile.GNUTYPE_SPARSE)], "neither a file nor a link"),
        ([member(f"{n}") for n in range(SUBMISSION_FILES_MAX + 1)], "holds too much"),
    ],
)
def test_refuses_what_a_snapshot_never_holds(tmp_path: Path, members: list[tarfile.TarInfo], words: str) -> None:
    with pytest.raises(WorkspaceError, match=words):
        load(made(tmp_path / "a.tar.gz", *members))


def test_refuses_a_big_file(tmp_path: Path) -> None:
    size = SUBMISSION_FILE_BYTES_MAX + 1
    with pytest.raises(WorkspaceError, match="'a' is too big"):
        load(made(tmp_path / "a.tar.gz", member("a", size=size), data=bytes(size)))


def test_refuses_files_that_come_to_too_much(tmp_path: Path) -> None:
    size = SUBMISSION_FILE_BYTES_MAX
    with pytest.raises(WorkspaceError, match="holds too much"):
        load(made(tmp_path / "a.tar.gz", *(member(f"{n}", size=size) for n in range(5)), data=bytes(size)))


def test_a_bomb_is_stopped_while_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "ARCHIVE_BYTES_MAX", 1_000_000)
    monkeypatch.setattr(archive, "_CHUNK", 65_536)
    (tmp_path / "bomb.tar.gz").write_bytes(gzip.compress(bytes(50_000_000)))
    with pytest.raises(WorkspaceError, match="too big unpacked"):
        load(tmp_path / "bomb.tar.gz")


def _nothing(path: Path) -> None:
    pass


def _text(path: Path) -> None:
    path.write_text("hello")


def _cut(path: Path) -> None:
    Submission((Entry("a", "file", bytes(9_000)),)).save(path)
    path.write_bytes(path.read_bytes()[:-20])


def _no_digest(path: Path) -> None:
    made(path, member("a"))


def _other_digest(path: Path) -> None:
    made(path, member("a"), headers={"firsthand.digest": "0" * 64})


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_nothing, "cannot be read"),
        (_text, "not a submission"),
        (_cut, "not a submission"),
        (_no_digest, "changed after it was kept"),
        (_other_digest, "changed after it was kept"),
    ],
)
def test_what_is_no_whole_archive_is_named(tmp_path: Path, make: Callable[[Path], None], words: str) -> None:
    make(tmp_path / "a.tar.gz")
    with pytest.raises(WorkspaceError, match=words):
        load(tmp_path / "a.tar.gz")


def test_nested_headers_without_end_are_refused(tmp_path: Path) -> None:
    header = member("x", tarfile.XHDTYPE, size=0).tobuf(tarfile.USTAR_FORMAT)
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(header * 5_000))
    with pytest.raises(WorkspaceError):
        load(tmp_path / "a.tar.gz")


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device", str(self))

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DiskFullError):
        Submission(()).save(tmp_path / "a.tar.gz")
