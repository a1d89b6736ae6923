"""Settings are read in one place, write nothing, and are loud on nonsense; the database takes several processes."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

import firsthand
from firsthand.site import settings

SOURCE = Path(firsthand.__file__).parent


def _database(url: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.setenv("FIRSTHAND_DATABASE_URL", url)
    return settings._database()


def test_the_address_of_a_postgresql_database_is_read_whole(monkeypatch) -> None:
    found = _database("postgresql://me:a%2Fb@db.example:5433/fir%20st", monkeypatch)

    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"]) == ("me", "a/b", "db.example", 5433)
    assert found["NAME"] == "fir st"
    assert _database("postgres:///first", monkeypatch)["PORT"] == 5432


@pytest.mark.parametrize("url", ["mysql://a/b", "postgresql://host", "nonsense", "postgresql://host:x/db", "http://[/"])
def test_nonsense_is_refused_in_words(url: str, tmp_path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "firsthand", "start", "--no-open"],
        env={"FIRSTHAND_HOME": str(tmp_path), "FIRSTHAND_DATABASE_URL": url, "PYTHONPATH": str(SOURCE.parent)},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 2
    assert "FIRSTHAND_DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_reading_settings_writes_nothing(tmp_path) -> None:
    code = "import firsthand.site.settings as s; print(s.SESSION_COOKIE_NAME)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"FIRSTHAND_HOME": str(tmp_path / "home"), "PYTHONPATH": str(SOURCE.parent)},
        capture_output=True,
        text=True,
    )

    assert done.stdout.startswith("firsthand-")
    assert not (tmp_path / "home").exists()


def test_nothing_else_of_the_site_reads_the_environment() -> None:
    readers = {
        file.relative_to(SOURCE).as_posix()
        for file in (SOURCE / "site").rglob("*.py")
        if "os.environ" in file.read_text(encoding="utf-8") or "getenv" in file.read_text(encoding="utf-8")
    }

    # asgi.py and serving.py hand it on: which settings there are, and to the worker what it got.
    assert readers <= {"site/settings.py", "site/asgi.py", "site/serving.py"}


@pytest.mark.django_db
def test_a_file_is_written_ahead_and_locked_at_once() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("this run is on PostgreSQL, where neither is a matter")
    options = settings._database()["OPTIONS"]

    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]
    assert options["timeout"] == settings.BUSY_TIMEOUT_S
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)
    assert connection.transaction_mode == "IMMEDIATE"
