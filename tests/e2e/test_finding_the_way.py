"""Where to start, what comes next, what to review: the whole way through the public command."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
from study import Study, Terminal

NEWCOMER = "skip\n" + "\n" * 40
"""No rating, then nothing but "I don't know"."""
ANSI = "\x1b["


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    return Study(tmp_path)


@pytest.mark.parametrize("command", ["next", "plan", "review"])
def test_without_a_history_each_command_says_what_to_do_first(study: Study, command: str) -> None:
    done = study.call(command)

    assert done.returncode == 2
    assert " place`" in done.stderr
    assert "plan --goal first-job" in done.stderr
    assert study.events() == []


def test_status_and_history_are_shown_before_anything_happened(study: Study) -> None:
    status, history = study.call("status"), study.call("history")

    assert (status.returncode, history.returncode) == (0, 0)
    assert "Begin with: " in status.stdout
    assert "Your history is empty" in history.stdout
    assert ANSI not in status.stdout


def test_a_newcomer_is_placed_and_led_to_the_beginning(study: Study) -> None:
    done = study.call("place", typed=NEWCOMER)

    assert done.returncode == 0, done.stdout + done.stderr
    answers = study.data("answer")
    assert 1 <= len(answers) <= 25
    assert {answer["result"] for answer in answers} == {"unsure"}
    assert [event["event"] for event in study.data("placement")] == ["began", "ended"]
    result = study.told("place")
    assert len(result["learn"]) > len(result["known"]) + len(result["prove"])
    assert "It proves nothing" in study.call("place", "--help").stdout
    at = [done.stdout.index(words) for words in ("Question 1 ", "Where you stand", "Known", "Prove it", "Learn")]
    assert at == sorted(at)


def test_a_second_call_shows_the_result_and_asks_nothing(study: Study) -> None:
    study.call("place", typed=NEWCOMER)
    before = len(study.events())
    again = study.call("place")

    assert again.returncode == 0
    assert "Where you stand" in again.stdout
    assert "place --again" in again.stdout
    assert len(study.events()) == before


def test_questions_without_anybody_to_answer_are_an_error_with_words(study: Study) -> None:
    for command in (("place",), ("review", "WAY-02")):
        done = study.call(*command)
        assert done.returncode in (2, 130)
        assert "Traceback" not in done.stderr
    assert "nobody is there to answer" in study.call("review", "WAY-02").stderr
    assert "nobody is there to answer" in study.call("place", "--again", typed="skip\n").stderr


def test_answers_are_kept_when_the_input_ends_and_the_next_call_goes_on_with_the_same_question(study: Study) -> None:
    first = study.call("place", "--seed", "5", typed="skip\n\n\n")
    on = study.call("place", typed="\n" * 40)

    assert first.returncode == 130
    assert "All your answers are kept" in first.stdout
    assert "goes on after 2 answers" in on.stdout
    assert on.returncode == 0
    other = Study(study.root / "other")
    other.call("place", "--seed", "5", typed=NEWCOMER)
    assert [a["question"] for a in study.data("answer")] == [a["question"] for a in other.data("answer")]


def test_ctrl_c_in_the_middle_of_a_question_keeps_all_answers(study: Study) -> None:
    terminal = Terminal(study, "place", "--seed", "5")
    terminal.until("no rating): ")
    terminal.type("skip\n")
    terminal.until("finishes): ")
    terminal.type("\n")
    terminal.until("finishes): ")
    terminal.type("\x03")
    code, rest = terminal.rest()

    assert code == 130
    assert "All your answers are kept" in rest
    assert "Traceback" not in rest
    assert len(study.data("answer")) == 1


def test_the_learner_may_finish_early_and_gets_a_result(study: Study) -> None:
    done = study.call("place", typed="skip\n\n\n:end\n\n")

    assert done.returncode == 0
    assert "after 2 questions" in done.stdout
    assert len(study.data("answer")) == 2


def test_one_look_rates_every_unit_and_a_mistyped_name_is_asked_again(study: Study) -> None:
    done = study.call("place", typed="gti\nway, 1\n2-3\n" + "\n" * 40)

    ratings = {each["unit"]: each["rating"] for each in study.data("rating")}
    assert 'There is no "gti"' in done.stdout
    assert (ratings["way"], ratings["sh"]) == ("solid", "solid")
    assert (ratings["net"], ratings["lng"], ratings["git"]) == ("some", "some", "never")


def test_the_result_may_be_corrected_then_and_later(study: Study) -> None:
    study.call("place", typed="skip\n:end\nknown WAY-01 nonsense\nwrong\nknown way\n\n")
    later = study.call("place", "--correct", typed="learn WAY-02\n\n")

    result = study.told("place")
    assert {"WAY-01", "WAY-03", "WAY-04", "WAY-05"} <= set(result["known"])
    assert "WAY-02" in result["learn"]
    assert "✓ Learn: WAY-02" in later.stdout
    assert [skill["status"] for skill in study.told("status", "WAY-01")["skills"]] == ["known"]


def test_a_plan_is_set_kept_and_shown_with_dates(study: Study) -> None:
    done = study.call("plan", "--goal", "way", "--hours", "mon-fri 1, sat 2", "--deadline", "2099-12-31")
    plan = study.told("plan")

    assert done.returncode == 0, done.stderr
    assert "Next milestone: Finding the way" in done.stdout
    assert plan["goal"] == "way"
    assert plan["hours"]["sat"] == 2
    assert plan["deadline"] == "2099-12-31"
    names = [step["name"] for step in plan["steps"]]
    assert names.index("WAY-01") < names.index("WAY-02") < names.index("WAY-05")
    assert study.call("plan", "--deadline", "none").returncode == 0
    assert study.told("plan")["deadline"] is None
    assert study.told("plan")["goal"] == "way"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--goal", "waay"), "Did you mean way"),
        (("--hours", "often"), 'The hours "often" cannot be read'),
        (("--hours", "mon 25"), "24 at most"),
        (("--hours", "0"), "cannot be read"),
        (("--start", "soon"), "not a date"),
        (("--deadline", "2001-01-01"), "has passed"),
        (("--start", "2099-01-02", "--deadline", "2099-01-01"), "before the start"),
    ],
)
def test_a_plan_that_cannot_be_set_is_explained_and_not_kept(study: Study, words: tuple[str, ...], says: str) -> None:
    done = study.call("plan", *words)

    assert done.returncode == 2
    assert says in done.stderr
    assert study.events() == []


def test_a_deadline_that_is_too_soon_says_what_it_would_take(study: Study) -> None:
    soon = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    done = study.call("plan", "--goal", "path", "--hours", "7", "--deadline", soon)

    assert "too soon at this pace" in done.stdout
    assert "hours a week" in done.stdout


def test_the_calendar_file_can_be_imported_again(study: Study) -> None:
    study.call("plan", "--goal", "way")
    study.call("plan", "--ics", "plan.ics")
    first = icalendar.Calendar.from_ical((study.root / "plan.ics").read_bytes())
    study.call("lesson", "way/which-way")
    done = study.call("plan", "--ics", "plan.ics")
    second = icalendar.Calendar.from_ical((study.root / "plan.ics").read_bytes())

    assert "Import it into your calendar" in done.stdout
    before, after = ({str(e["uid"]): e["sequence"] for e in made.walk("VEVENT")} for made in (first, second))
    assert set(after) < set(before)
    assert all(after[uid] > before[uid] for uid in after)
    assert study.call("plan", "--ics", "/nowhere/plan.ics").returncode == 2


def test_next_recommends_what_exists_and_moves_on_when_it_is_done(study: Study) -> None:
    study.call("plan", "--goal", "way")
    first = study.told("next")
    study.call("lesson", "way/which-way")
    second = study.told("next")

    assert first["recommended"]["name"] == "WAY-01"
    assert first["recommended"]["lessons"] == ["way/which-way"]
    assert first["recommended"]["there"]
    assert second["recommended"]["id"] != first["recommended"]["id"]
    shown = study.call("next").stdout
    assert "Or: " in shown
    assert "review" in shown


def test_a_course_is_recommended_with_what_is_left_of_it_until_it_is_skipped(study: Study) -> None:
    study.call("plan", "--goal", "git")
    course = next(step for step in study.told("plan")["steps"] if step["kind"] == "course")
    study.call("courses", "watched", course["name"], "0:30:00")
    watched = next(step for step in study.told("plan")["steps"] if step["id"] == course["id"])
    study.call("courses", "skip", course["name"])

    assert watched["minutes"] == course["minutes"] - 30
    assert course["id"] not in [step["id"] for step in study.told("plan")["steps"]]


@pytest.mark.parametrize(
    ("skill", "right", "wrong", "solution"),
    [
        ("WAY-02", "yes", "no", "Right is: yes"),
        ("WAY-03", "4", "5", "Right is: 4"),
        ("WAY-05", "^[0-9]+$", "[a-z]", "Right is: [0-9]+"),
    ],
)
def test_typed_answers_are_graded_and_explained(
    study: Study, skill: str, right: str, wrong: str, solution: str
) -> None:
    good = study.call("review", skill, typed=f"{right}\n")
    bad = study.call("review", skill, typed=f"{wrong}\n")
    unsure = study.call("review", skill, typed="\n")

    assert "✓ right" in good.stdout, good.stdout + good.stderr
    assert "✗ not right" in bad.stdout
    assert solution in bad.stdout
    assert solution in unsure.stdout
    assert [answer["result"] for answer in study.data("answer")] == ["right", "wrong", "unsure"]


def test_a_choice_is_answered_by_its_number_whatever_the_order(study: Study) -> None:
    for _ in range(3):
        terminal = Terminal(study, "review", "WAY-01", NO_COLOR="1")
        shown = terminal.until("finishes): ")
        number = re.search(r"(\d)\. the right one", shown)
        assert number is not None, shown
        terminal.type(f"9\n{number[1]}\n")
        code, rest = terminal.rest()
        assert code == 0
        assert "Type one number from 1 to 4" in rest
        assert "✓ right" in rest
    assert {answer["given"] for answer in study.data("answer")} == {"the right one"}


def test_steps_are_put_in_order_by_their_numbers(study: Study) -> None:
    terminal = Terminal(study, "review", "WAY-04", NO_COLOR="1")
    shown = terminal.until("finishes): ")
    places = {name: re.search(rf"(\d)\. {name}", shown) for name in ("alpha", "beta", "gamma")}
    numbers = [found[1] for found in places.values() if found]
    terminal.type("1 1\n" + " ".join(numbers) + "\n")
    code, rest = terminal.rest()

    assert code == 0
    assert "Name each step once" in rest
    assert "✓ right" in rest


def test_reviews_come_when_they_are_due_and_go_on_the_record(study: Study) -> None:
    hours = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 1)
    study.remember("plan", 50, goal="way", hours=hours, start="", deadline="")
    study.remember("lesson", 40, lesson="way/which-way", state="read")
    due = study.told("review")
    listed = study.call("review", "--list")
    done = study.call("review", typed="yes\nyes\nyes\n1\n1\n")

    assert sorted(next(iter(due["days"].values()))) == ["WAY-01", "WAY-02"]
    assert "today" in listed.stdout
    assert "WAY-01" in listed.stdout
    assert "of 2 right" in done.stdout
    assert {review["competency"] for review in study.data("review")} == {"WAY-01", "WAY-02"}
    assert "Nothing to review today" in study.call("review").stdout
    assert {answer["purpose"] for answer in study.data("answer")} == {"review"}


def test_what_is_due_later_can_be_reviewed_ahead(study: Study) -> None:
    study.call("plan", "--goal", "way", "--hours", "7")
    study.call("lesson", "way/which-way")
    today = study.call("review")
    ahead = study.call("review", "--ahead", typed="\n\n")

    assert "Nothing to review today" in today.stdout
    assert "--ahead" in today.stdout
    assert "0 of 2 right" in ahead.stdout
    assert [each["grade"] for each in study.data("review")] == ["again", "again"]


def test_status_tells_which_evidence_when_and_what_is_missing(study: Study) -> None:
    study.remember("lesson", 40, lesson="way/which-way", state="read")
    study.call("review", "WAY-02", typed="yes\n")
    why = study.call("status", "WAY-02").stdout
    skill = study.told("status", "WAY-02")["skills"][0]

    for words in (
        "Evidence",
        "before anything was seen",
        "lesson way/which-way",
        "question WAY-02.1",
        "grader",
        "remember",
    ):
        assert words in why
    assert [each["source"] for each in skill["evidence"]] == ["lesson way/which-way", "question WAY-02.1"]
    assert skill["proved"] is None
    unit = study.call("status", "way").stdout
    assert "WAY-05" in unit
    wrong = study.call("status", "WAY-1")
    assert (wrong.returncode, "Did you mean WAY-01" in wrong.stderr) == (2, True)


def test_histories_of_two_machines_become_one(study: Study) -> None:
    other = Study(study.root / "other")
    study.call("review", "WAY-02", typed="yes\n")
    other.call("review", "WAY-03", typed="4\n")
    study.call("history", "export", "here.jsonl")
    taken = other.call("history", "import", str(study.root / "here.jsonl"))
    again = other.call("history", "import", str(study.root / "here.jsonl"))

    assert taken.stdout == "New events: 1. Here already: 0.\n"
    assert again.stdout == "New events: 0. Here already: 1.\n"
    assert [answer["competency"] for answer in other.data("answer")] == ["WAY-02", "WAY-03"]
    assert "WAY-02.1: right (lesson)" in other.call("history").stdout
    assert other.call("history", "--kind", "plan").stdout.startswith("Nothing of the kind plan")


def test_a_damaged_export_is_not_imported_unless_one_insists(study: Study) -> None:
    study.call("review", "WAY-02", typed="yes\n")
    study.call("review", "WAY-03", typed="4\n")
    study.call("history", "export", "here.jsonl")
    file = study.root / "here.jsonl"
    file.write_bytes(file.read_bytes()[:-30])
    other = Study(study.root / "other")
    refused = other.call("history", "import", str(file))
    insisted = other.call("history", "import", "--skip-damaged", str(file))

    assert refused.returncode == 2
    assert "Line 2" in refused.stderr
    assert insisted.stdout == "New events: 1. Here already: 0. Damaged lines passed over: 1.\n"
    assert other.call("history", "import", "/nowhere.jsonl").returncode == 2


def test_an_export_that_cannot_be_written_leaves_what_was_there(study: Study) -> None:
    study.call("review", "WAY-02", typed="yes\n")
    study.call("history", "export", "here.jsonl")
    before = (study.root / "here.jsonl").read_bytes()
    (study.root / ".here.jsonl.unfinished").mkdir()
    failed = study.call("history", "export", "here.jsonl")

    assert failed.returncode == 2
    assert "cannot be written" in failed.stderr
    assert (study.root / "here.jsonl").read_bytes() == before


@pytest.mark.parametrize("command", ["next", "plan", "status", "place --show"])
def test_narrow_terminals_break_lines_between_words_and_pipes_get_no_colour(study: Study, command: str) -> None:
    study.call("place", typed="skip\n:end\n\n")
    code, shown = Terminal(study, *command.split(), columns=40).rest()
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)

    assert code == 0
    assert ANSI in shown
    long = [
        line
        for line in plain.splitlines()
        if len(line.rstrip()) > 40 and "firsthand" not in line and "http" not in line
    ]
    assert long == []
    assert ANSI not in study.call(*command.split()).stdout
    assert ANSI + "3" not in Terminal(study, *command.split(), NO_COLOR="1").rest()[1]


def test_a_locked_history_stops_the_questions_before_an_answer_is_lost(study: Study) -> None:
    import sqlite3
    from contextlib import closing

    study.call("plan", "--goal", "way")
    with closing(sqlite3.connect(study.home / "data/history.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        done = study.call("place", typed=NEWCOMER)
        other.execute("ROLLBACK")

    assert done.returncode == 4
    assert "locked by another program" in done.stderr
    assert "Question 1" not in done.stdout


def test_light_commands_load_no_heavy_library(study: Study) -> None:
    study.call("plan", "--goal", "way")
    seen = study.call("next", PYTHONPROFILEIMPORTTIME="1")

    loaded = {line.rpartition("|")[2].strip() for line in seen.stderr.splitlines() if "import time" in line}
    assert "firsthand.learning.plan" in loaded
    assert loaded.isdisjoint({"numpy", "icalendar", "django"})
