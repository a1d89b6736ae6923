"""Places: below FIRSTHAND_HOME when it is set, and never in a folder of somebody else."""

import os
import stat
from pathlib import Path

import pytest

from firsthand.core import places
from firsthand.core.errors import WorldError


def test_firsthand_home_holds_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "home"))

    assert places.data_dir() == tmp_path / "home" / "data"
    assert places.cache_dir() == tmp_path / "home" / "cache"
    assert places.settings_file() == tmp_path / "home" / "settings.toml"
    assert stat.S_IMODE(places.data_dir().stat().st_mode) == 0o700


def test_run_folders_lie_in_a_folder_that_others_cannot_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    made = places.temp_dir()

    assert made.stat().st_mode & 0o022 == 0
    assert places.temp_dir() == made


def test_a_strict_umask_does_not_keep_programs_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = os.umask(0o077)
    try:
        made = places.temp_dir()
    finally:
        os.umask(before)

    assert stat.S_IMODE(made.stat().st_mode) == 0o711


def test_a_planted_temporary_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = places.temp_dir()
    made.rmdir()
    made.symlink_to(tmp_path)

    with pytest.raises(WorldError, match="not a private folder"):
        places.temp_dir()


def test_a_home_that_cannot_be_made_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FIRSTHAND_HOME", str(tmp_path / "file"))

    with pytest.raises(WorldError, match="FIRSTHAND_HOME"):
        places.data_dir()


def test_the_bench_of_each_home_has_a_private_folder_with_a_short_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / ("a-long-name" * 20)))
    folders = []
    for home in (tmp_path / "one", tmp_path / "other"):
        monkeypatch.setenv("FIRSTHAND_HOME", str(home))
        folders.append(places.bench_dir(make=False))
        assert not folders[-1].exists()

    made = places.bench_dir()
    try:
        assert (made, made != folders[0]) == (folders[1], True)
        assert [stat.S_IMODE(folder.stat().st_mode) for folder in (made, made.parent)] == [0o700, 0o700]
        assert len(os.fsencode(made / "sock.part")) <= 100
    finally:
        made.rmdir()


def test_the_bench_lies_in_the_users_runtime_folder_where_there_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIRSTHAND_HOME", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(places, "BENCH_PARENT_BYTES_MAX", 500)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert places.bench_dir() == tmp_path / "firsthand" / "own"

    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "gone"))
    assert places.bench_dir() == tmp_path / f"firsthand-bench-{os.getuid()}" / "own"


def test_a_bench_folder_that_others_could_write_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(places, "BENCH_PARENT_BYTES_MAX", 500)
    place = places.bench_dir()
    assert place.is_relative_to(tmp_path)
    place.parent.chmod(0o777)

    for make in (True, False):
        with pytest.raises(WorldError, match="not a private folder"):
            places.bench_dir(make=make)
