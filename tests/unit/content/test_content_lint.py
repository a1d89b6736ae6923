"""The linter finds what is broken on purpose under tests/content/broken, and nothing else."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest
from build_cases import BROKEN, GOOD, build

from firsthand.content.findings import Finding, Kind
from firsthand.content.lint import lint
from firsthand.content.load import load
from firsthand.core.errors import ContentError

CASES = sorted(BROKEN.iterdir())
TOLD_BY_RUNNING = {Kind.RUN_OUTPUT, Kind.RUN_EXIT, Kind.RUN_TIME, Kind.RUN_LEFT}
"""See tests/unit/proof/test_proof_lessons.py."""
OUR_CONTENT = Path(__file__).parents[3] / "paths"


def expected_of(case: Path) -> list[dict[str, object]]:
    return tomllib.loads((case / "expected.toml").read_text(encoding="utf-8"))["finding"]


def stopped_by(roots: list[Path]) -> ContentError | None:
    try:
        load(roots)
    except ContentError as error:
        return error
    return None


def place_of(finding: Finding, top: Path) -> tuple[str, str, int]:
    return finding.kind.value, finding.file.relative_to(top).as_posix(), finding.line


def test_good_content_has_no_findings():
    assert lint([GOOD / "main", GOOD / "company"]) == []
    assert len(load([GOOD / "main", GOOD / "company"]).labs()) == 1


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_broken_content_is_told_exactly_where_it_is_broken(case, tmp_path):
    found = lint(build(case, tmp_path))

    expected = expected_of(case)
    places = sorted((e["kind"], e["file"], e["line"]) for e in expected)
    assert sorted(place_of(f, tmp_path) for f in found) == places, "\n".join(map(str, found))
    for finding in found:
        words = next(e["says"] for e in expected if (e["kind"], e["file"], e["line"]) == place_of(finding, tmp_path))
        assert all(word in str(finding) for word in words), str(finding)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_loading_broken_content_works_or_stops_at_one_of_the_same_places(case, tmp_path):
    roots = build(case, tmp_path)
    places = {(e["file"], e["line"]) for e in expected_of(case)}
    error = stopped_by(roots)
    if error is None:
        assert load(roots).roots == tuple(roots)
    else:
        assert error.file is not None
        assert (error.file.relative_to(tmp_path).as_posix(), error.line) in places, str(error)


def test_every_kind_of_mistake_has_a_case():
    shown = {e["kind"] for case in CASES for e in expected_of(case)}
    assert shown == {kind.value for kind in set(Kind) - TOLD_BY_RUNNING}


def test_several_mistakes_are_told_at_once_sorted_by_place(tmp_path):
    found = lint(build(BROKEN / "many-at-once", tmp_path))
    assert len({finding.kind for finding in found}) >= 8
    assert [(f.file, f.line) for f in found] == sorted((f.file, f.line) for f in found)


def test_a_finding_reads_as_a_place_a_mistake_and_an_advice(tmp_path):
    found = lint(build(BROKEN / "unknown-key-misspelt-in-unit", tmp_path))
    file = tmp_path / "main/small/units/net/unit.toml"
    assert [str(f) for f in found] == [f"{file}:6: The key topics is not known here. Did you mean topic?"]


def test_what_one_root_names_may_be_in_another_that_is_linted_with_it():
    alone = lint([GOOD / "company"])
    assert {finding.kind for finding in alone} == {Kind.UNKNOWN_PATH, Kind.UNKNOWN_UNIT, Kind.UNKNOWN_COMPETENCY}


def test_a_root_given_twice_is_read_once():
    assert lint([GOOD / "main", GOOD / "main"]) == []


def test_without_the_solutions_nothing_is_said_of_bugs(tmp_path):
    roots = build(BROKEN / "check-without-bug", tmp_path)
    lab = tmp_path / "main/small/units/net/labs/net-echo"
    for name in ("solutions", "bugs"):
        (lab / name).rename(tmp_path / name)
    assert lint(roots) == []


@pytest.mark.parametrize(
    "value", ["1", "-1.5", "nan", '"x"', '""', "true", "[]", "[[1]]", "{}", "{ a = 1 }", "1979-05-27", ""]
)
def test_no_value_of_any_key_makes_reading_fall_over(value, tmp_path):
    shutil.copytree(GOOD, tmp_path, dirs_exist_ok=True)
    roots = [tmp_path / "main", tmp_path / "company"]
    told = 0
    for file in sorted(tmp_path.rglob("*.toml")):
        good = file.read_text(encoding="utf-8")
        for found in re.finditer(r"(?<== )[^ ].*$", good, re.MULTILINE):
            file.write_text(good[: found.start()] + value + good[found.end() :], encoding="utf-8")
            findings = lint(roots)
            told += bool(findings)
            error = stopped_by(roots)
            assert error is None or findings, str(error)
        file.write_text(good, encoding="utf-8")
    assert told > 20
    assert lint(roots) == []


def test_no_line_left_out_of_any_file_makes_reading_fall_over(tmp_path):
    shutil.copytree(GOOD, tmp_path, dirs_exist_ok=True)
    roots = [tmp_path / "main", tmp_path / "company"]
    told = 0
    for file in sorted(f for f in tmp_path.rglob("*") if f.suffix in (".toml", ".py", ".md", ".patch")):
        good = file.read_text(encoding="utf-8").splitlines(keepends=True)
        for left_out in range(len(good)):
            file.write_text("".join(good[:left_out] + good[left_out + 1 :]), encoding="utf-8")
            findings = lint(roots)
            told += bool(findings)
            error = stopped_by(roots)
            assert error is None or findings, str(error)
        file.write_text("".join(good), encoding="utf-8")
    assert told > 60


def test_our_own_content_has_no_findings():
    found = lint([OUR_CONTENT])
    assert found == [], "\n" + "\n".join(map(str, found))
