"""Evidence on the disk: whole or absent, readable by anybody, and kept within bounds."""

import errno
from pathlib import Path

import msgspec
import pytest

from firsthand.bench.report import RUN_ID, Evidence, new_run_id, read_report, retain, runs, write_evidence
from firsthand.bench.wire import Recorder
from firsthand.core.errors import DiskFullError, UsageError, WorldError
from firsthand.core.results import CheckResult, Failure, Report, StageResult, decode, encode
from firsthand.core.verdicts import Verdict

SCHEMA_KEYS = (
    "schema run lab language seed started verdict reason digest lab_digest tier limits seconds servers stages evidence"
)


def report(run: str = "20261122-143501-a3f9", *, failure: Failure | None = None) -> Report:
    verdict = Verdict.FAILED if failure else Verdict.PASSED
    check = CheckResult(
        "greets", verdict, ["NET-11"], "", "It greets.", [], 0.1, failure=failure if failure else msgspec.UNSET
    )
    return Report(
        schema=1,
        run=run,
        lab="small-lab",
        language="python",
        seed=1,
        started="2026-11-22T14:35:01Z",
        verdict=verdict,
        reason="",
        digest="",
        lab_digest="",
        tier="plain",
        limits=[],
        seconds=0.2,
        servers=[],
        stages=[StageResult("stage-1", verdict, 0.1, [check])],
        evidence={},
    )


def kept(folder: Path, number: int, size: int = 0) -> Evidence:
    place = Evidence(folder / f"20261122-{number:06}-aaaa")
    write_evidence(place, report(place.folder.name), "x" * size, Recorder(), None)
    return place


def test_a_report_has_the_documented_keys_and_is_read_back_as_it_was() -> None:
    failed = report(failure=Failure(kind="mismatch", message="No.", expected="a", got="b"))

    assert decode(encode(failed)) == failed
    plain = msgspec.json.decode(encode(report()))
    assert list(plain) == SCHEMA_KEYS.split()
    assert list(plain["stages"][0]) == ["id", "verdict", "seconds", "checks"]
    assert list(plain["stages"][0]["checks"][0]) == [
        "id",
        "verdict",
        "proves",
        "message",
        "rule",
        "reproduce",
        "seconds",
    ]


def test_a_report_of_another_schema_is_refused() -> None:
    newer = msgspec.structs.replace(report(), schema=2)

    with pytest.raises(msgspec.ValidationError, match="schema 2"):
        decode(encode(newer))


def test_run_ids_sort_by_time_and_differ() -> None:
    ids = [new_run_id() for _ in range(50)]

    assert all(RUN_ID.fullmatch(run) for run in ids)
    assert len(set(ids)) > 45
    assert sorted(run[:15] for run in ids) == [run[:15] for run in ids]


def test_runs_are_listed_newest_first_and_only_when_whole(tmp_path: Path) -> None:
    first, second = kept(tmp_path, 1), kept(tmp_path, 2)
    (tmp_path / "20261122-000003-aaaa").mkdir()
    (tmp_path / "something else").mkdir()

    assert runs(tmp_path) == [second, first]
    assert runs(tmp_path / "nowhere") == []


def test_the_oldest_runs_go_first_and_the_newest_stays_whatever_its_size(tmp_path: Path) -> None:
    for number in range(5):
        kept(tmp_path, number, size=1000)

    removed = retain(tmp_path, kept_max=3)
    assert [place.folder.name[9:15] for place in removed] == ["000001", "000000"]
    retain(tmp_path, bytes_max=10)
    assert [place.folder.name[9:15] for place in runs(tmp_path)] == ["000004"]


def test_evidence_that_cannot_be_written_leaves_nothing_half_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_recorder: Recorder, path: Path) -> None:
        path.write_text("half a line")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Recorder, "save", full)
    place = Evidence(tmp_path / "20261122-000001-aaaa")

    with pytest.raises(DiskFullError, match="cannot be kept"):
        write_evidence(place, report(), "words", Recorder(), None)

    assert not place.folder.exists()


def test_two_runs_of_one_name_never_touch_each_others_evidence(tmp_path: Path) -> None:
    first = kept(tmp_path, 1)

    with pytest.raises(WorldError, match="File exists"):
        kept(tmp_path, 1)

    assert read_report(first).run == first.folder.name


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": 1}', b"\xff\xfe"])
def test_a_damaged_report_is_told_and_not_a_traceback(tmp_path: Path, content: bytes) -> None:
    place = kept(tmp_path, 1)
    place.report.write_bytes(content)

    with pytest.raises(UsageError, match="not a report"):
        read_report(place)
