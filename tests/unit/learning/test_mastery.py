"""Mastery follows from evidence, says which, and calls nothing proven that a lab and more did not show."""

from datetime import timedelta

import pytest
from small_path import NOW, Story, competency, course, lab, lesson, path

from firsthand.learning.evidence import TEACHES
from firsthand.learning.mastery import BEGINNING, PLACED_MAX, PLACED_MIN, PROVEN_MIN, Status

PATH = path(
    competency("NET-01"),
    competency("NET-02", "NET-01"),
    competency("NET-03", "NET-02"),
    labs=(lab("net-lab", "NET-02", "NET-03"),),
    courses=(course("all-of-it", "NET-01", "NET-02"),),
    lessons=(lesson("net/two", "NET-02"),),
    asked=("NET-02",),
)


def _story() -> Story:
    return Story()


def test_nothing_seen_is_open_and_says_so() -> None:
    found = _story().mastery(PATH)["NET-01"]

    assert (found.status, found.probability, found.seen, found.group) == (Status.OPEN, BEGINNING, (), None)


def test_a_lab_alone_is_passed_and_one_more_sign_makes_it_proven() -> None:
    story = _story().ran("net-lab", "stage-1", "stage-2", whole=True, day=-3)
    alone = story.mastery(PATH)["NET-02"]
    answered = story.answered("NET-02.1", day=-2).mastery(PATH)["NET-02"]

    assert alone.status is Status.PASSED
    assert alone.probability < PROVEN_MIN
    assert answered.status is Status.PROVEN
    assert answered.proved == NOW - timedelta(days=3)


@pytest.mark.parametrize(
    ("sign", "told"),
    [
        ("lesson", {"lesson": "net/two", "state": "read"}),
        ("course", {"course": "all-of-it", "state": "done", "seconds": 3600}),
    ],
)
def test_a_lesson_or_course_before_the_lab_is_such_a_sign(sign: str, told: dict[str, object]) -> None:
    story = _story().tell(sign, -5, **told).ran("net-lab", "stage-1", "stage-2", whole=True)

    assert story.mastery(PATH)["NET-02"].status is Status.PROVEN


def test_who_was_placed_low_needs_more_than_who_was_placed_high() -> None:
    def after_lab(p: float) -> Status:
        story = _story().placed({"NET-02": p}).ran("net-lab", "stage-1", "stage-2", whole=True)
        return story.mastery(PATH)["NET-02"].status

    assert (after_lab(0.05), after_lab(0.85)) == (Status.PASSED, Status.PROVEN)


def test_a_course_makes_taught_and_never_more() -> None:
    story = _story().tell("course", -1, course="all-of-it", state="done", seconds=3600)
    found = story.mastery(PATH)["NET-01"]

    assert found.status is Status.TAUGHT
    assert found.probability == pytest.approx(BEGINNING + (1 - BEGINNING) * TEACHES)


@pytest.mark.parametrize("state", ["watching", "skipped", "not-started"])
def test_a_course_that_was_not_finished_teaches_nothing_yet(state: str) -> None:
    story = _story().tell("course", -1, course="all-of-it", state=state, seconds=100)

    assert story.mastery(PATH)["NET-01"].seen == ()


def test_a_course_that_was_marked_as_done_by_mistake_can_be_taken_back() -> None:
    story = _story().tell("course", -2, course="all-of-it", state="done", seconds=3600)
    story.tell("course", -1, course="all-of-it", state="not-started", seconds=0)

    assert story.mastery(PATH)["NET-01"].status is Status.OPEN


def test_questions_alone_show_and_never_prove() -> None:
    story = _story()
    for number in range(1, 9):
        story.answered(f"NET-02.{number}", kind="short")
    found = story.mastery(PATH)["NET-02"]

    assert found.status is Status.SHOWN
    assert found.probability > 0.99


def test_the_same_question_again_tells_less_than_another_one() -> None:
    again = _story().answered("NET-02.1").answered("NET-02.1").mastery(PATH)["NET-02"].probability
    another = _story().answered("NET-02.1").answered("NET-02.2").mastery(PATH)["NET-02"].probability

    assert again < another


def test_who_answers_right_needs_no_teaching_until_they_answer_wrong() -> None:
    story = _story()
    told = [
        story.answered("NET-02.1", result).mastery(PATH)["NET-02"].status for result in ("right", "unsure", "right")
    ]
    asked_for = story.tell("corrected", 0, competency="NET-02", group="learn").mastery(PATH)["NET-02"].status

    assert told == [Status.TAUGHT, Status.OPEN, Status.TAUGHT]
    assert asked_for is Status.OPEN


def test_who_was_taught_stays_so_whatever_they_answer() -> None:
    story = _story().tell("lesson", -2, lesson="net/two", state="read").answered("NET-02.1", "wrong")

    assert story.mastery(PATH)["NET-02"].status is Status.TAUGHT


def test_i_do_not_know_and_a_wrong_answer_speak_against_it() -> None:
    for result in ("wrong", "unsure"):
        assert _story().answered("NET-02.1", result).mastery(PATH)["NET-02"].probability < BEGINNING


def test_hints_make_a_pass_weigh_less_and_the_solution_least() -> None:
    def passed(*help_read: tuple[str, dict[str, object]]) -> float:
        story = _story()
        for kind, told in help_read:
            story.tell(kind, -5, lab="net-lab", **told)
        return story.ran("net-lab", "stage-1", "stage-2", whole=True).mastery(PATH)["NET-02"].probability

    alone = passed()
    hinted = passed(("hint", {"check": "check_1", "number": 1}))
    elsewhere = passed(("hint", {"check": "check_2", "number": 1}))
    solved = passed(("solution", {"language": "go", "after": "gave up"}))

    assert solved < hinted < alone
    assert elsewhere == alone, "a hint on another competency's check"


def test_a_solution_that_was_read_after_passing_changes_nothing() -> None:
    story = _story().ran("net-lab", "stage-1", "stage-2", whole=True, day=-3)
    before = story.mastery(PATH)["NET-02"]

    assert story.tell("solution", -2, lab="net-lab", language="go").mastery(PATH)["NET-02"] == before


def test_stages_without_the_whole_lab_are_evidence_and_no_proof() -> None:
    found = _story().ran("net-lab", "stage-1").mastery(PATH)

    assert found["NET-02"].probability > BEGINNING
    assert found["NET-02"].proved is None
    assert found["NET-03"].seen == ()


def test_a_passed_lab_credits_what_it_stands_on() -> None:
    found = _story().ran("net-lab", "stage-1", "stage-2", whole=True).mastery(PATH)

    assert found["NET-01"].probability > BEGINNING
    assert found["NET-01"].proved is None


def test_a_second_pass_of_a_lab_adds_nothing_and_the_first_date_stays() -> None:
    once = _story().ran("net-lab", "stage-1", "stage-2", whole=True, day=-9)
    first = once.mastery(PATH)["NET-02"]

    assert once.ran("net-lab", "stage-1", "stage-2", whole=True, day=-1).mastery(PATH)["NET-02"] == first


def test_a_proof_is_for_ever_whatever_is_forgotten() -> None:
    story = _story().placed({"NET-02": 0.9}).ran("net-lab", "stage-1", "stage-2", whole=True, day=-2)
    much_later = story.mastery(PATH, NOW + timedelta(days=3000))["NET-02"]

    assert much_later.status is Status.PROVEN
    assert much_later.proved == NOW - timedelta(days=2)


def test_a_run_that_does_not_count_shows_nothing() -> None:
    story = _story().ran("net-lab", "stage-1", "stage-2", whole=True, counts=False)

    assert story.mastery(PATH)["NET-02"].seen == ()


def test_a_lab_that_content_no_longer_has_still_proves_what_it_proved() -> None:
    story = _story().placed({"NET-01": 0.9}).ran("old-lab", "a", whole=True, competencies=["NET-01"])

    assert story.mastery(PATH)["NET-01"].status is Status.PROVEN


def test_placement_is_the_beginning_within_bounds_and_its_answers_do_not_count_twice() -> None:
    story = _story().placed({"NET-01": 0.999, "NET-02": 0.001, "NET-03": 0.5})
    story.answered("NET-02.1", day=-10, purpose="placement", placement="p-10")
    found = story.mastery(PATH)

    assert [found[c].beginning for c in ("NET-01", "NET-02", "NET-03")] == [PLACED_MAX, PLACED_MIN, 0.5]
    assert found["NET-02"].seen == ()
    assert [found[c].status for c in ("NET-01", "NET-02")] == [Status.KNOWN, Status.OPEN]
    assert found["NET-03"].by_halves


def test_answers_of_a_placement_that_never_ended_count_as_answers() -> None:
    story = _story().tell("placement", -2, id="p", event="began", seed=1, result=None)
    story.answered("NET-02.1", purpose="placement", placement="p")

    assert story.mastery(PATH)["NET-02"].probability > BEGINNING


def test_the_learner_has_the_last_word_on_what_is_taught_until_the_next_placement() -> None:
    story = _story().placed({"NET-01": 0.05, "NET-02": 0.95})
    story.tell("corrected", -5, competency="NET-01", group="known").tell(
        "corrected", -5, competency="NET-02", group="learn"
    )
    own = story.mastery(PATH)
    again = story.placed({"NET-01": 0.05, "NET-02": 0.95}, day=-2).mastery(PATH)

    assert [own[c].status for c in ("NET-01", "NET-02")] == [Status.KNOWN, Status.OPEN]
    assert [again[c].status for c in ("NET-01", "NET-02")] == [Status.OPEN, Status.KNOWN]


def test_what_was_taught_can_be_wanted_again_and_then_taught_again() -> None:
    story = _story().tell("lesson", -9, lesson="net/two", state="read")
    story.tell("corrected", -5, competency="NET-02", group="learn")
    wanted = story.mastery(PATH)["NET-02"].status
    taught = story.tell("course", -1, course="all-of-it", state="done", seconds=1).mastery(PATH)["NET-02"].status

    assert (wanted, taught) == (Status.OPEN, Status.TAUGHT)


def test_every_status_is_explained_by_what_was_seen_when_and_by_which_grader() -> None:
    story = _story().placed({"NET-02": 0.5}, day=-9).answered("NET-02.1", day=-3)
    story.ran("net-lab", "stage-1", "stage-2", whole=True, day=-1)
    found = story.mastery(PATH)["NET-02"]

    assert found.placed == NOW - timedelta(days=9)
    assert [(s.evidence.source, s.evidence.grader, s.evidence.at) for s in found.seen] == [
        ("question NET-02.1", "0.1.0", NOW - timedelta(days=3)),
        ("lab net-lab", "abc123", NOW - timedelta(days=1)),
    ]
    assert found.seen[0].probability < found.seen[1].probability == found.probability


def test_events_from_the_future_count_as_now_and_unknown_ones_not_at_all() -> None:
    story = _story().ran("net-lab", "stage-1", "stage-2", whole=True, day=+4000)
    story.tell("dream", -1, of="sheep").tell("lesson", -1, 99, lesson="net/two", state="read")
    found = story.mastery(PATH)["NET-02"]

    assert found.proved == NOW
    assert found.taught is None


def test_old_answers_never_outweigh_new_ones_for_ever() -> None:
    story = _story()
    for number in range(200):
        story.answered(f"NET-02.{number}", kind="short", day=-100)
    for number in range(200, 204):
        story.answered(f"NET-02.{number}", "unsure", kind="short", day=-1)

    assert story.mastery(PATH)["NET-02"].probability < 0.5
