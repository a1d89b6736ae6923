"""What the linter must let pass: content that is unusual and right."""

import shutil

import pytest
from build_cases import GOOD

from firsthand.content.lint import lint
from firsthand.content.load import find_lab, load
from firsthand.content.rules.bugs import diff_mistake


@pytest.fixture
def top(tmp_path):
    shutil.copytree(GOOD, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def lab(top):
    return top / "main/small/units/net/labs/net-echo"


def change(file, find, put):
    text = file.read_text(encoding="utf-8")
    assert find in text
    file.write_text(text.replace(find, put, 1), encoding="utf-8")


def findings(top):
    return [str(finding) for finding in lint([top / "main", top / "company"])]


def test_a_program_without_a_port_when_it_only_has_to_live(top, lab):
    change(lab / "lab.toml", 'PORT = { kind = "port", about = "the TCP port to listen on" }\n', "")
    change(lab / "lab.toml", "minutes = 30", 'minutes = 30\nready = "alive"\nready_s = 2\ncheck_s = 1.5')
    assert findings(top) == []
    read = find_lab([top / "main"], "net-echo")
    assert (read.ready, read.ready_s, read.check_s) == ("alive", 2.0, 1.5)


def test_a_lab_that_asks_for_no_program_needs_no_procfile(top, lab):
    for _ in range(2):
        change(lab / "lab.toml", 'subject = "program"', 'subject = "config"')
    for name in ("starters", "solutions"):
        (lab / name / "python/Procfile").unlink()
    assert findings(top) == []


def test_a_starter_in_a_language_without_a_solution(top, lab):
    shutil.copytree(lab / "starters/python", lab / "starters/java")
    assert findings(top) == []


def test_windows_line_ends_everywhere(top, lab):
    for file in (f for f in top.rglob("*") if f.suffix in (".toml", ".md", ".py")):
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert findings(top) == []
    lesson = next(x for x in load([top / "main"]).lessons() if x.id == "net/sockets")
    assert lesson.text().startswith("# What a socket is")


def test_what_tools_leave_behind(top, lab):
    for folder in ("stages/__pycache__", "stages/.cache", "starters/../__pycache__"):
        (lab / folder).mkdir()
    (lab.parent / ".git").mkdir()
    (top / "main/small/units/README.md").write_text("Notes.\n")
    (lab.parent.parent.parent / ".idea").mkdir()
    assert findings(top) == []


def test_a_path_without_courses_a_unit_without_competencies_lessons_and_labs(top):
    (top / "main/small/courses.toml").unlink()
    change(top / "company/inhouse/path.toml", '["pay"]', '["pay", "hr"]')
    unit = top / "company/inhouse/units/hr/unit.toml"
    unit.parent.mkdir()
    unit.write_text('schema = 1\nid = "hr"\ncode = "HR"\ntitle = "People"\nwhy = "They matter."\n')
    assert findings(top) == []


def test_a_check_may_have_a_deadline_a_decorator_more_and_ask_by_keyword_only(top, lab):
    file = lab / "stages/01-greet/checks.py"
    change(file, '@check(proves="NET-02")', '@other\n@lab.check(deadline_s=2.0, proves=("NET-02",))')
    change(file, "(app: App)", "(app: App, *, name: str)")
    change(
        file,
        "Whoever connects is greeted (brief).",
        "Whoever connects is greeted (RFC 9110, 15.2 (1xx)).\n\n    More.\n    ",
    )
    assert findings(top) == []
    declared = find_lab([top / "main"], "net-echo").stages[0].checks[0]
    assert (declared.rule, declared.line) == ("Whoever connects is greeted (RFC 9110, 15.2 (1xx)).", 10)


@pytest.mark.parametrize(
    "patch",
    [
        "--- /dev/null\n+++ b/new.py\n@@ -0,0 +1,2 @@\n+one\n+two\n",
        "--- a/old.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n",
        "--- a/x\n+++ b/x\n@@ -1 +1 @@ f()\n-one\n\\ No newline at end\n+two\n\\ No newline at end\n",
        "Why\n\ndiff --git a/x b/x\nindex 1..2\n--- a/x\n+++ b/x\n@@ -1,3 +1,2 @@\n 1\n\n-2\n@@ -9 +8 @@\n-- x\n++ x\n",
        "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-one\n+two\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-one\n+two\n-- \n2.39.2\n",
    ],
)
def test_diffs_as_git_writes_them(patch):
    assert diff_mistake(patch) == (0, "")


@pytest.mark.parametrize(
    ("patch", "line", "words"),
    [
        ("", 1, "it names no file"),
        ("@@ -1 +1 @@\n-one\n+two\n", 1, "before any file"),
        ("--- a/x\n", 1, "expected a line"),
        ("--- a/x\n+++ b/x\n", 2, "begins with @@"),
        ("--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n-one\n+two\n", 3, "more lines than it has"),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-one\n+two\n-three\n", 3, "more lines than it announces"),
        ("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-one\n+two\n@@ -5,3 +5,3 @@\n a\n", 6, "more lines than it has"),
    ],
)
def test_what_is_no_diff_is_told_with_its_line(patch, line, words):
    found, what = diff_mistake(patch)
    assert found == line
    assert words in what
