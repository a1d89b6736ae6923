"""Content is loaded from any number of roots, and one lab without the rest."""

import shutil
import sys
import tomllib

import pytest
from build_cases import BROKEN, GOOD, build

from firsthand.content import roots as roots_module
from firsthand.content.digest import lab_digest
from firsthand.content.findings import Kind
from firsthand.content.lint import lint
from firsthand.content.load import default_roots, find_lab, load
from firsthand.content.roots import solutions_of
from firsthand.core.errors import ContentError, UsageError

LAB = "main/small/units/net/labs/net-echo"


@pytest.fixture
def good(tmp_path):
    shutil.copytree(GOOD, tmp_path, dirs_exist_ok=True)
    return [tmp_path / "main", tmp_path / "company"]


def test_a_lab_is_read_with_its_stages_checks_hints_and_environment(good):
    lab = find_lab(good, "net-echo")

    assert (lab.title, lab.minutes, lab.unit, lab.ready, lab.check_s) == ("An echo", 30, "net", "tcp", 10.0)
    assert [(s.id, s.number, s.fresh, s.deadline_s) for s in lab.stages] == [
        ("greet", 1, False, 60.0),
        ("echo", 2, True, 30.0),
    ]
    assert [(v.name, v.kind, v.value) for v in lab.environment] == [
        ("PORT", "port", ""),
        ("MODE", "value", "loud"),
        ("DATA_DIR", "folder", ""),
    ]
    every_byte = lab.stages[1].checks[1]
    assert every_byte.id == "echoes_every_byte"
    assert every_byte.rule == "Bytes of every value come back (RFC 862, TCP Based Echo Service)."
    assert every_byte.proves == ("NET-03",)
    assert every_byte.hints == ("Do not decode.", "Bytes are enough.", "Write what recv returned.")
    assert every_byte.line == 13
    assert lab.stages[1].proves == ("NET-02", "NET-03")
    assert (lab.starter.stage, lab.starter.check) == ("greet", "greets_who_comes")
    assert lab.starters() == lab.solutions() == ("python",)
    assert "line feed" in lab.stages[0].brief()


def test_a_program_without_a_port_is_one_that_is_called():
    whole = load(default_roots())
    called = {lab.id for lab in whole.labs() if lab.is_called}
    assert {"sh-good-process", "net-http-by-hand"} <= called
    assert not {"net-byo-http", "net-zone-keeper", "sql-query-gym"} & called
    silent = {lab.id for lab in whole.labs() if not lab.has_wire}
    assert {"sh-good-process", "sql-query-gym"} <= silent
    assert not {"net-http-by-hand", "net-byo-http", "net-zone-keeper"} & silent


def test_the_catalogue_knows_everything_by_its_id(good):
    catalogue = load(good)

    assert [unit.id for unit in catalogue.units()] == ["net", "web", "pay"]
    assert list(catalogue.competencies()) == ["NET-01", "NET-02", "NET-03", "WEB-01", "WEB-02", "PAY-01"]
    assert catalogue.lab("net-echo") == find_lab(good, "net-echo")
    assert catalogue.lab("net-other") is None
    lesson = catalogue.lesson_for(("NET-03", "NET-02"))
    assert lesson is not None
    assert (lesson.id, lesson.minutes) == ("net/sockets", 10)
    assert lesson.text().startswith("# What a socket is")
    assert [(course.id, course.seconds, course.playlist) for course in catalogue.paths[0].courses] == [
        ("sockets-in-an-hour", 3723, 1),
        ("more-sockets", 0, 0),
    ]


def test_what_a_root_adds_to_a_path_comes_after_it_whatever_the_order_of_the_roots(good):
    catalogue = load(good[::-1])
    assert [path.id for path in catalogue.paths] == ["small"]
    assert [unit.id for unit in catalogue.units()] == ["net", "web", "pay"]


def test_of_two_units_with_one_id_the_first_roots_stands(tmp_path):
    catalogue = load(build(BROKEN / "duplicate-unit-across-roots", tmp_path))
    assert [(unit.id, unit.code) for unit in catalogue.units()] == [("net", "NET"), ("web", "WEB"), ("pay", "PAY")]


def test_a_lab_in_another_root_is_found(good):
    target = good[1] / "inhouse/units/pay/labs/pay-echo"
    shutil.copytree(good[0].parent / LAB, target)
    file = target / "lab.toml"
    file.write_text(file.read_text().replace('"net-echo"', '"pay-echo"'))
    lab = find_lab(good, "pay-echo")
    assert (lab.id, lab.unit, lab.solutions_folder) == ("pay-echo", "pay", target)


def test_finding_a_lab_does_not_stop_at_what_is_broken_elsewhere(tmp_path):
    roots = build(BROKEN / "syntax-string-not-closed", tmp_path)
    assert find_lab(roots, "net-echo").id == "net-echo"
    with pytest.raises(ContentError):
        load(roots)


@pytest.mark.parametrize("name", ["net-ehco", "net_echo", "Net-Echo"])
def test_an_unknown_lab_is_answered_with_the_nearest_one(good, name):
    with pytest.raises(UsageError, match=f'There is no lab "{name}"') as told:
        find_lab(good, name)
    assert "Did you mean net-echo?" in told.value.advice


@pytest.mark.parametrize("name", ["", "*", "../net-echo", "net-echo/stages", "/etc"])
def test_what_is_no_name_of_a_lab_is_never_taken_for_a_path(good, name):
    with pytest.raises(UsageError, match="There is no lab"):
        find_lab(good, name)


def test_the_first_mistake_of_a_lab_stops_with_file_and_line(tmp_path):
    roots = build(BROKEN / "check-not-async", tmp_path)
    with pytest.raises(ContentError, match="is not async") as told:
        find_lab(roots, "net-echo")
    assert told.value.where == f"{tmp_path / LAB}/stages/01-greet/checks.py:9"


def test_an_unreadable_file_is_told_by_name(good):
    file = good[0].parent / LAB / "lab.toml"
    file.unlink()
    file.mkdir()
    with pytest.raises(ContentError, match=r"lab\.toml cannot be read"):
        find_lab(good, "net-echo")


def test_the_digest_changes_with_what_decides_verdicts_and_with_nothing_else(good):
    folder = good[0].parent / LAB
    seen = {lab_digest(folder)}
    for name in ("lab.toml", "kit.py", "stages/01-greet/checks.py"):
        (folder / name).write_text((folder / name).read_text() + "\n")
        seen.add(lab_digest(folder))
    (folder / "given").mkdir()
    (folder / "given/data.bin").write_bytes(b"\x00")
    seen.add(lab_digest(folder))
    (folder / "given/data.bin").rename(folder / "given/other.bin")
    seen.add(lab_digest(folder))
    assert len(seen) == 6

    before = find_lab(good, "net-echo").digest()
    for name in ("stages/01-greet/brief.md", "stages/01-greet/hints.toml", "starters/python/main.py"):
        (folder / name).write_text((folder / name).read_text() + "\n")
    (folder / "given/__pycache__").mkdir()
    (folder / "given/__pycache__/x.pyc").write_bytes(b"")
    assert lab_digest(folder) == before


def test_solutions_that_are_installed_apart_are_found(good, tmp_path, monkeypatch):
    lab = good[0].parent / LAB
    apart = tmp_path / "site/firsthand_solutions/_paths/small/units/net/labs/net-echo"
    apart.mkdir(parents=True)
    for name in ("solutions", "bugs"):
        (lab / name).rename(apart / name)
    roots_module._installed_solutions.cache_clear()
    assert solutions_of(good[0], lab) is None
    assert find_lab(good, "net-echo").solutions() == ()

    (tmp_path / "site/firsthand_solutions/__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    roots_module._installed_solutions.cache_clear()
    try:
        found = find_lab(good, "net-echo")
    finally:
        roots_module._installed_solutions.cache_clear()
    assert found.solutions_folder == apart
    assert found.solutions() == ("python",)
    assert "firsthand_solutions" not in sys.modules


def test_the_clone_brings_its_own_paths():
    assert [root.name for root in default_roots()] == ["paths"]


def test_the_backbone_holds_25_units_and_250_competencies():
    # Read without labs and lessons, so that this test judges the backbone alone.
    (root,) = default_roots()
    files = sorted(root.glob("backend/units/*/unit.toml"))
    units = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
    listed = tomllib.loads((root / "backend/path.toml").read_text(encoding="utf-8"))["units"]
    assert sorted(listed) == sorted(unit["id"] for unit in units)
    assert len(units) == 25
    ids = [competency["id"] for unit in units for competency in unit["competency"]]
    assert len(ids) == len(set(ids)) == 250
    place = {name: position for position, name in enumerate(listed)}
    assert all(place[before] < place[unit["id"]] for unit in units for before in unit["requires"])
    assert all(unit["why"] and unit["title"] for unit in units)
    courses = tomllib.loads((root / "backend/courses.toml").read_text(encoding="utf-8"))["course"]
    assert sorted(course["playlist"] for course in courses if course["playlist"]) == list(range(1, 19))
    assert len({course["url"] for course in courses}) == len(courses) == 32


def test_planned_labs_and_questions_of_all_roots_are_known_in_order(good):
    (path,) = load(good).paths

    assert [lab.id for lab in path.planned] == ["web-hello", "pay-once"]
    hello = path.planned[0]
    assert (hello.unit, hello.title, hello.wave, hello.how, hello.servers) == ("web", "Hello, web", 1, "A+P", ())
    assert (hello.proves, hello.stages, hello.line) == (("WEB-01",), ("greet", "greet by name"), 4)
    assert path.planned_questions == ("WEB-02",)
    assert load(good).planned() == path.planned


def test_a_lab_that_is_there_is_not_planned_any_more(tmp_path):
    catalogue = load(build(BROKEN / "planned-lab-exists", tmp_path))
    assert "net-echo" in {lab.id for lab in catalogue.labs()}
    assert "net-echo" not in {lab.id for lab in catalogue.planned()}


def test_a_mistake_in_a_plan_is_told_when_the_plan_is_asked_for(tmp_path):
    catalogue = load(build(BROKEN / "bad-how", tmp_path))
    with pytest.raises(ContentError, match=r'how is "A\+X"'):
        catalogue.planned()


def test_a_competency_says_how_long_it_takes_and_a_course_what_it_teaches(good):
    catalogue = load(good)
    assert catalogue.competencies()["NET-02"].minutes == 45
    assert [course.teaches for course in catalogue.paths[0].courses] == [(), ("NET-02",)]


def test_a_planned_lab_is_no_typing_mistake(good):
    with pytest.raises(UsageError, match=r'The lab "web-hello" \(Hello, web\) is planned and not there yet\.') as told:
        find_lab(good, "web-hello")
    assert "`firsthand path web`" in told.value.advice


def test_a_path_and_a_unit_open_with_a_lesson_that_teaches_no_one_competency(good):
    catalogue = load(good)
    unit = catalogue.units()[0]

    assert [lesson.id for lesson in catalogue.lessons()] == ["small/what-this-is", "net/overview", "net/sockets"]
    assert [(lesson.opens, lesson.unit) for lesson in catalogue.lessons()] == [
        (True, ""),
        (True, "net"),
        (False, "net"),
    ]
    assert unit.overview == unit.lessons[0]
    assert catalogue.units()[1].overview is None


def test_a_lesson_of_an_on_ramp_teaches_no_one_competency_either(good):
    lesson = good[0] / "small/units/net/lessons/01-sockets.md"
    text = lesson.read_text(encoding="utf-8")
    lesson.write_text(text.replace('teaches = ["NET-02"]', "teaches = []\non_ramp = true"), encoding="utf-8")

    assert [each.on_ramp for each in load(good).lessons()] == [False, False, True]
    assert not [each.message for each in lint(good) if each.kind is Kind.LESSON_TEACHES_NOTHING]


def test_a_lesson_is_taken_apart_with_the_lines_of_its_file(good):
    lesson = load(good).lessons()[2]
    lines = lesson.file.read_text(encoding="utf-8").split("\n")

    parts = lesson.parts()

    assert [getattr(part, "kind", "prose") for part in parts] == ["prose", "file", "run", "output", "run"]
    assert [lines[part.line - 1] for part in parts[:3]] == ["# What a socket is", "```sh file=greet.sh", "```sh run"]
