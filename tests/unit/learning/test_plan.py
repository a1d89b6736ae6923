"""A plan holds what is left to do, each step after what it needs, on study days, and moves when time passes."""

from datetime import date, timedelta
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_path import NOW, Story, competency, course, day, lab, lesson, path, planned

from firsthand.content.model import LearningPath
from firsthand.core.errors import UsageError
from firsthand.learning.goals import read_goal
from firsthand.learning.hours import Hours
from firsthand.learning.mastery import Status
from firsthand.learning.pace import Pace, pace
from firsthand.learning.plan import Plan, plan
from firsthand.learning.steps import COURSE_WORTH

EVERY_DAY = {"mon": 1, "tue": 1, "wed": 1, "thu": 1, "fri": 1, "sat": 1, "sun": 1}

PATH = path(
    competency("SH-01"),
    competency("SH-02", "SH-01"),
    competency("NET-01", "SH-01"),
    competency("NET-02", "NET-01", "SH-02"),
    competency("NET-03", "NET-02", tier=2),
    competency("NET-04", "NET-01", proof="question"),
    labs=(lab("net-lab", "NET-02", "NET-03"),),
    lessons=(lesson("net/one", "NET-01"),),
    planned_labs=(planned("sh-lab", "SH-01", "SH-02"),),
    asked=("NET-04",),
)


def _plan(own: LearningPath = PATH, story: Story | None = None, **wish: object) -> Plan:
    told = story or Story()
    told.tell("plan", 0, **{"goal": "first-job", "hours": EVERY_DAY, "start": "", "deadline": "", **wish})
    return plan(own, told.learner(), told.mastery(own))


def _ids(made: Plan) -> list[str]:
    return [each.step.id for each in made.steps]


def test_the_first_job_is_tier_one_with_what_it_stands_on_and_the_labs_that_prove_it() -> None:
    made = _plan()

    assert sum(made.reached.values()) == 5
    assert set(_ids(made)) == {
        *(f"learn:{c}" for c in ("SH-01", "SH-02", "NET-01", "NET-02", "NET-03", "NET-04")),
        "lab:net-lab",
        "questions:NET-04",
    }


@pytest.mark.parametrize(
    ("goal", "targets"),
    [
        ("", {"SH-01", "SH-02", "NET-01", "NET-02", "NET-04"}),
        ("path", {"SH-01", "SH-02", "NET-01", "NET-02", "NET-03", "NET-04"}),
        ("SH", {"SH-01", "SH-02"}),
        ("sh, net-lab", {"SH-01", "SH-02", "NET-02", "NET-03"}),
    ],
)
def test_a_goal_is_a_first_job_the_path_units_or_labs(goal: str, targets: set[str]) -> None:
    assert read_goal(goal, PATH).targets == targets


@pytest.mark.parametrize(("goal", "says"), [("nett", "Did you mean net"), ("sh-lab", "planned and not there yet")])
def test_a_goal_that_is_none_is_explained(goal: str, says: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_goal(goal, PATH)

    assert says in str(raised.value)


def test_a_goal_that_content_lost_becomes_the_first_job_instead_of_an_error() -> None:
    assert _plan(goal="gone-unit").goal.text == "first-job"


def test_each_step_comes_after_those_it_needs() -> None:
    made = _plan()
    seen: set[str] = set()
    for each in made.steps:
        assert seen.issuperset(each.step.requires)
        seen.add(each.step.id)


def test_what_is_known_or_taught_is_not_taught_again_and_what_is_proven_is_done() -> None:
    story = Story().placed({"SH-01": 0.95, "SH-02": 0.95, "NET-01": 0.1, "NET-02": 0.9, "NET-03": 0.9, "NET-04": 0.1})
    before = _ids(_plan(story=story))
    story.tell("lesson", -1, lesson="net/one", state="read").ran("net-lab", "stage-1", "stage-2", whole=True)

    assert before == ["learn:NET-01", "learn:NET-04", "lab:net-lab", "questions:NET-04"]
    assert _ids(_plan(story=story)) == ["learn:NET-04", "questions:NET-04"]


def test_stages_that_were_passed_and_what_may_be_known_take_less_time() -> None:
    fresh = {each.step.id: each.step.minutes for each in _plan().steps}
    story = Story().placed(dict.fromkeys(("SH-01", "SH-02"), 0.5)).ran("net-lab", "stage-1")
    later = {each.step.id: each.step.minutes for each in _plan(story=story).steps}

    assert later["lab:net-lab"] == fresh["lab:net-lab"] / 2
    assert later["learn:SH-01"] == fresh["learn:SH-01"] / 2


def test_what_is_passed_and_not_certain_yet_asks_for_an_answer() -> None:
    own = path(competency("NET-01"), labs=(lab("net-lab", "NET-01"),), asked=("NET-01",))
    story = Story().placed({"NET-01": 0.1}).ran("net-lab", "stage-1", whole=True)

    made = _plan(own, story)
    assert made.reached[Status.PASSED] == 1
    assert _ids(made) == ["questions:NET-01"]


def test_what_was_answered_right_is_a_matter_of_reviews_and_no_step_until_it_is_answered_wrong() -> None:
    own = path(competency("NET-01", proof="question"), asked=("NET-01",))
    story = Story()
    new, right = _ids(_plan(own, story)), _ids(_plan(own, story.answered("NET-01.1")))
    wrong = _ids(_plan(own, story.answered("NET-01.1", "wrong", day=0)))

    assert (new, right, wrong) == (["learn:NET-01", "questions:NET-01"], [], ["learn:NET-01", "questions:NET-01"])


def test_a_reached_goal_has_no_steps_and_no_end() -> None:
    own = path(competency("NET-01"), labs=(lab("net-lab", "NET-01"),))
    made = _plan(own, Story().placed({"NET-01": 0.9}).ran("net-lab", "stage-1", whole=True))

    assert (made.steps, made.ends, made.milestones, made.minutes) == ((), None, (), 0)


def test_a_planned_lab_is_named_and_never_a_step() -> None:
    made = _plan()

    assert [each.id for each in made.planned] == ["sh-lab"]
    assert "lab:sh-lab" not in _ids(made)
    assert next(each.step for each in made.steps if each.step.id == "learn:SH-01").planned == ("sh-lab",)


def test_a_course_is_a_step_and_teaches_what_it_covers() -> None:
    own = path(competency("GIT-01"), competency("GIT-02", "GIT-01"), courses=(course("git", "GIT-01", "GIT-02"),))
    made = _plan(own)

    assert _ids(made) == ["course:git"]
    assert made.steps[0].step.competencies == ("GIT-01", "GIT-02")
    assert made.minutes == 60


def test_a_course_that_was_begun_has_what_is_left_of_it_and_one_that_was_skipped_is_gone() -> None:
    own = path(competency("GIT-01"), courses=(course("git", "GIT-01"),))
    watching = _plan(own, Story().tell("course", -1, course="git", state="watching", seconds=45 * 60))
    skipped = _plan(own, Story().tell("course", -1, course="git", state="skipped", seconds=45 * 60))

    assert [(each.step.id, each.step.minutes) for each in watching.steps] == [("course:git", 15)]
    assert _ids(skipped) == ["learn:GIT-01"]
    assert skipped.steps[0].step.courses == ()


def test_of_courses_on_the_same_the_playlists_comes_first_and_a_long_one_for_little_is_not_taken_up() -> None:
    own = path(
        competency("GIT-01"),
        competency("GIT-02"),
        courses=(
            course("ours", "GIT-01", minutes=30),
            course("listed", "GIT-01", minutes=90, playlist=3),
            course("endless", "GIT-02", minutes=60 * COURSE_WORTH + 1, playlist=1),
        ),
    )

    assert _ids(_plan(own)) == ["course:listed", "learn:GIT-02"]


def test_a_course_does_not_teach_what_needs_something_learned_in_its_middle() -> None:
    own = path(
        competency("A-01"),
        competency("B-01", "A-01"),
        competency("A-02", "B-01"),
        courses=(course("whole-a", "A-01", "A-02", playlist=1),),
    )

    assert _ids(_plan(own)) == ["course:whole-a", "learn:B-01", "learn:A-02"]


def test_courses_that_would_need_each_other_do_not_make_a_circle() -> None:
    own = path(
        competency("A-01"),
        competency("B-01"),
        competency("A-02", "B-01"),
        competency("B-02", "A-01"),
        courses=(course("a", "A-01", "A-02", playlist=1), course("b", "B-01", "B-02", playlist=2)),
    )
    made = _plan(own)

    seen: set[str] = set()
    for each in made.steps:
        assert seen.issuperset(each.step.requires)
        seen.add(each.step.id)
    assert {c for each in made.steps for c in each.step.competencies} == {"A-01", "A-02", "B-01", "B-02"}


@st.composite
def paths(draw: st.DrawFn) -> LearningPath:
    """Competencies in units, with courses and labs over any of them."""
    names = [f"{draw(st.sampled_from('ABC'))}-{number:02}" for number in range(draw(st.integers(1, 14)))]
    made = [
        competency(name, *draw(st.lists(st.sampled_from(names[:place]), max_size=2, unique=True)) if place else ())
        for place, name in enumerate(names)
    ]
    some = st.lists(st.sampled_from(names), min_size=1, max_size=5, unique=True)
    courses = tuple(
        course(f"c{number}", *draw(some), minutes=draw(st.integers(1, 300)), playlist=draw(st.integers(0, 1)) * number)
        for number in range(draw(st.integers(0, 4)))
    )
    labs = tuple(lab(f"l{number}", *draw(some)) for number in range(draw(st.integers(0, 3))))
    return path(*made, courses=courses, labs=labs)


@given(paths(), st.data())
def test_every_plan_teaches_each_competency_once_after_all_that_it_stands_on(
    own: LearningPath, data: st.DataObject
) -> None:
    every = {c.id: c for unit in own.units for c in unit.competencies}
    known = data.draw(st.sets(st.sampled_from(sorted(every))))
    made = _plan(own, Story().placed({c: 0.95 if c in known else 0.01 for c in every}), goal="path")

    held = set(known)
    for each in made.steps:
        step = each.step
        if step.kind == "lab":
            assert held.issuperset(step.competencies)
        else:
            inside = set(step.competencies)
            assert not inside & held
            held |= inside
            for c in inside:
                assert held.issuperset(every[c].requires)
    assert held == set(every)


def test_days_are_study_days_and_none_holds_more_than_its_hours() -> None:
    own = path(*(competency(f"A-{number:02}", minutes=30) for number in range(20)))
    made = _plan(own, hours={"tue": 1, "sat": 2})
    load: dict[date, int] = {}
    for each in made.steps:
        load[each.begins] = load.get(each.begins, 0) + each.step.minutes

    assert {each.weekday() for each in load} == {1, 5}
    assert all(load[each] <= (60 if each.weekday() == 1 else 120) for each in load)


def test_a_slip_moves_the_dates_and_piles_nothing_up() -> None:
    story = Story().tell("plan", -30, goal="path", hours=EVERY_DAY, start=day(-30).isoformat(), deadline="")
    then, now = NOW - timedelta(days=30), NOW
    before = plan(PATH, story.learner(then), story.mastery(PATH, then))
    after = plan(PATH, story.learner(now), story.mastery(PATH, now))

    assert _ids(before) == _ids(after)
    assert [b.begins - a.begins for a, b in zip(before.steps, after.steps, strict=True)] == [timedelta(30)] * 8
    assert before.ends is not None
    assert after.ends is not None
    assert after.ends.expected - before.ends.expected == timedelta(30)


def test_a_plan_that_starts_later_begins_then() -> None:
    assert _plan(start=day(9).isoformat()).steps[0].begins == day(9)


def test_the_end_is_a_range_and_milestones_end_with_their_unit() -> None:
    made = _plan()

    assert made.ends is not None
    assert made.ends.early < made.ends.expected < made.ends.late
    assert [m.unit for m in made.milestones] == ["sh", "net"]
    assert made.milestones[-1].ends == made.ends
    assert sum(m.steps for m in made.milestones) == len(made.steps)


def test_a_deadline_orders_what_is_due_before_what_is_not_and_says_when_it_is_too_soon() -> None:
    soon = _plan(deadline=day(1).isoformat())
    far = _plan(deadline=day(300).isoformat())

    assert (soon.misses_deadline, far.misses_deadline, _plan().misses_deadline) == (True, False, False)


@pytest.mark.parametrize(
    ("text", "from_monday"), [((0, 0, 0, 0, 0, 0, 0), 90), ((2, 0, 0, 0, 0, 0, 0), 120)], ids=["none", "monday"]
)
def test_hours_without_a_study_day_become_the_usual_ones(text: tuple[float, ...], from_monday: int) -> None:
    assert Hours.of(text).on(NOW.date()) == from_monday


def test_hours_are_shown_in_few_words() -> None:
    assert Hours.of((1, 1, 1, 1, 1, 3, 0)).words == "mon-fri 1, sat 3"


@given(
    st.tuples(*[st.integers(0, 300)] * 7).filter(any),
    st.integers(0, 6),
    st.one_of(st.integers(0, 40_000), st.floats(0, 40_000)),
)
def test_the_day_reached_is_the_first_whose_hours_are_enough(
    minutes: tuple[int, ...], offset: int, work: float
) -> None:
    hours, first = Hours(minutes), day(offset)
    reached = hours.reached(first, work)

    assert hours.on(reached) > 0
    assert hours.between(first, reached + timedelta(1)) >= work - 0.01
    assert hours.between(first, reached) < max(work, 0.01) + 0.01


def test_the_pace_begins_with_the_estimates_and_moves_towards_what_was_done() -> None:
    assert Pace().factor == 1
    assert 1 < Pace(spent=600, done=300).factor < 2
    assert Pace(spent=600, done=300).factor < Pace(spent=6000, done=3000).factor < 2
    assert Pace(spent=10**9, done=0).factor <= 4


@given(st.integers(1, 10**6), st.integers(0, 10**5), st.integers(0, 10**5))
def test_a_range_holds_its_expectation_and_narrows_with_what_was_seen(work: int, spent: int, done: int) -> None:
    early, expected, late = Pace(spent, done).range(work)
    fresh = Pace().range(work)

    assert 0 < early < expected < late < inf
    assert late / early <= fresh[2] / fresh[0] * (1 + 1e-9)


def test_pace_counts_the_weeks_in_which_something_was_done_and_a_pause_costs_nothing() -> None:
    own = path(competency("A-01", minutes=120), competency("A-02"), courses=(course("c", "A-02", minutes=100),))
    hours = Hours.of((1,) * 7)
    story = Story().answered("A-01.1", day=-70).tell("course", -71, course="c", state="watching", seconds=1800)
    story.tell("course", -70, course="c", state="watching", seconds=3600)
    found = pace(own, story.learner(), hours, day(-100))

    weeks = {day(-71).isocalendar()[:2], day(-70).isocalendar()[:2]}
    assert found == Pace(spent=420 * len(weeks), done=120 + 60)
    assert pace(own, story.learner(), hours, day(-5)) == Pace()


def test_passed_stages_count_once_for_the_pace() -> None:
    own = path(competency("A-01"), labs=(lab("a-lab", "A-01"),))
    story = Story().ran("a-lab", "stage-1", day=-2).ran("a-lab", "stage-1", day=-1)

    assert pace(own, story.learner(), Hours.of((1,) * 7), day(-10)).done == 100


def test_a_slow_learner_gets_later_dates_than_a_quick_one() -> None:
    names = [f"A-{number:02}" for number in range(40)]
    own = path(*(competency(name) for name in names))

    def ends(done: int) -> date:
        story = Story()
        for number in range(done):
            story.answered(f"{names[number]}.1", day=-13 + 12 * number / max(done, 1))
        made = _plan(own, story, start=day(-14).isoformat())
        assert made.ends is not None
        return made.ends.expected

    assert ends(2) > ends(20)
