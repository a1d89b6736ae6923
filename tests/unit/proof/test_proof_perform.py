"""What a machine lacks is found before anything runs."""

from pathlib import Path

import pytest

from firsthand.proof.perform import default_jobs, missing_tool
from firsthand.proof.pool import WORKERS_MAX, _last_words


@pytest.mark.parametrize(
    ("procfile", "missing"),
    [
        ("web: sh server.sh\n", ""),
        ("web: no-such-language server.x\n", "no-such-language"),
        ("build: no-such-compiler *.x\nweb: ./server\n", ""),
        ("build: mkdir -p out && dotnet build\nweb: ./out/server\n", "dotnet"),
        ("web: ./made-by-the-build --port $PORT\n", ""),
        ("this is no Procfile\n", ""),
    ],
)
def test_a_command_that_is_not_here_is_named(
    procfile: str, missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    (tmp_path / "Procfile").write_text(procfile)
    found = missing_tool(tmp_path)
    assert (missing in found) if missing else (found == ""), found
    assert "\n" not in found


def test_a_proof_runs_as_many_at_once_as_there_are_cores() -> None:
    assert 1 <= default_jobs() <= WORKERS_MAX


def test_the_last_words_of_a_worker_are_its_error_and_where_it_happened() -> None:
    output = (
        'Traceback:\n  File "a.py", line 1, in f\n    g()\n  File "b.py", line 2, in g\n    1/0\nZeroDivisionError: x\n'
    )
    assert _last_words(output) == 'ZeroDivisionError: x (File "b.py", line 2, in g)'
    assert _last_words("Killed\n") == "Killed"
    assert _last_words("") == ""
