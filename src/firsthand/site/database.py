"""Gets the site's own tables ready at its start. They hold runs that wait; all that was learned is in the history."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from firsthand.core.errors import WorldError
from firsthand.core.places import data_dir

OURS = frozenset({"site", "labs", "path", "practice"})
_MIGRATING = 8_420_000
"""The key of the advisory lock under which a PostgreSQL database is prepared, by one site at a time."""
_SQLITE = "django.db.backends.sqlite3"


class _UnusableError(Exception):
    """The database cannot be used as it is; the message says why."""


def prepare(say: Callable[[str], None]) -> None:
    """Bring the tables up to date. A file that cannot be used is moved aside, and `say` is told; nothing is lost.

    Raises:
        WorldError: the database cannot be used, and is none of ours to move.
    """
    if settings.DATABASES["default"]["ENGINE"] != _SQLITE:
        _prepare_server()
        return
    data_dir()
    file = Path(settings.DATABASES["default"]["NAME"])
    try:
        _check_file(file)
        _migrate()
    except (_UnusableError, DatabaseError) as error:
        if not _is_damage(error):
            raise WorldError(
                f"The site's database {file} cannot be used: {error}.",
                advice="Close the program that holds it, or mend the permissions of its folder; then start again.",
            ) from error
        connection.close()
        moved = _moved_aside(file)
        say(f"note: The site's database cannot be used: {error}. It was moved to {moved}, and a new one is begun.")
        say("      Nothing you learned is lost: it held only runs that wait. Remove it when you like.")
        _migrate()


def _prepare_server() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
        try:
            _migrate()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATING])
    except _UnusableError as error:
        raise WorldError(f"The database cannot be used: {error}.", advice="Update Firsthand.") from error
    except DatabaseError as error:
        first = str(error).strip().partition("\n")[0]
        raise WorldError(
            f"The database that FIRSTHAND_DATABASE_URL names cannot be used: {first}",
            advice="Start it or mend the address, or unset FIRSTHAND_DATABASE_URL to use a file.",
        ) from error


def _check_file(file: Path) -> None:
    """See that SQLite takes the file for whole.

    Raises:
        _UnusableError: it is damaged.
    """
    if not file.exists():
        return
    try:
        with closing(sqlite3.connect(file, timeout=settings.BUSY_TIMEOUT_S)) as database:
            (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        raise _UnusableError(str(error)) from error
    if found != "ok":
        raise _UnusableError(f"it is damaged ({found})")


def _migrate() -> None:
    executor = MigrationExecutor(connection)
    known = set(executor.loader.disk_migrations)
    newer = sorted(key for key in executor.loader.applied_migrations if key[0] in OURS and key not in known)
    if newer:
        raise _UnusableError("a newer Firsthand wrote it")
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)


def _is_damage(error: Exception) -> bool:
    """Whether it is the file's content that is wrong, and not that somebody holds it, or the disk."""
    code = getattr(error.__cause__, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return (code & 0xFF) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)


def _moved_aside(file: Path) -> Path:
    moved = file.with_name(f"{file.stem}-{datetime.now(UTC):%Y%m%d-%H%M%S}{file.suffix}")
    file.rename(moved)
    for journal in ("-wal", "-shm", "-journal"):
        beside = file.with_name(file.name + journal)
        if beside.exists():
            beside.rename(moved.with_name(moved.name + journal))
    return moved
