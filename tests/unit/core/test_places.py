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
