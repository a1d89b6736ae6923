"""The plan and what comes next: wishes read strictly, dates with ranges, a calendar, and only what exists."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from answering import page_of, terminal
from icalendar import Calendar

from firsthand.learning.learner import WEEKDAYS

pytestmark = pytest.mark.usefixtures("small_content")

TODAY = datetime.now(UTC).astimezone().date()
WEEK = dict.fromkeys(WEEKDAYS, "1.5")
SCRIPT = "<script>alert(1)</script>"


def wish(**changed: object) -> dict[str, object]:
    """The form as a browser sends it."""
    return {"goal": "first-job", **WEEK, "start": TODAY.isoformat(), "deadline": "", **changed}


def test_a_wish_is_kept_as_in_the_terminal(client, learned) -> None:
    late = (TODAY + timedelta(300)).isoformat()

    told = client.post("/plan/", wish(goal="own", part=["way", "talk-greeting"], sat="", sun="0,5", deadline=late))

    assert told.url == "/plan/?kept=yes"
    (kept,) = learned.data("plan")
    assert kept == {
        "goal": "way,talk-greeting",
        "hours": {**dict.fromkeys(WEEKDAYS, 1.5), "sat": 0.0, "sun": 0.5},
        "start": TODAY.isoformat(),
        "deadline": late,
    }
    assert "Finding the way, A greeting" in terminal("plan")


def test_what_the_terminal_set_stands_in_the_form(client) -> None:
    terminal("plan", "--goal", "path", "--hours", "mon-fri 2.25", "--start", "2026-01-01")

    page = page_of(client, "/plan/")

    assert re.search(r'value="path" checked', page)
    assert page.count('value="2.25"') == 5
    assert 'name="start" value="2026-01-01"' in page


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"goal": ""}, "Choose a goal"),
        ({"goal": "own"}, "at least one unit or lab"),
        ({"goal": "own", "part": ["nonsense"]}, "There is no goal"),
        ({"goal": SCRIPT}, "There is no goal"),
        ({"mon": "a lot"}, 'Monday has "a lot"'),
        ({"tue": "-1"}, 'Tuesday has "-1"'),
        ({"wed": "25"}, "24 hours at most"),
        (dict.fromkeys(WEEKDAYS, ""), "at least one day"),
        (dict.fromkeys(WEEKDAYS, "0"), "at least one day"),
        ({"thu": "1" * 5000}, "Thursday has"),
        ({"start": "soon"}, "is not a date"),
        ({"start": "2026-02-30"}, "is not a date"),
        ({"deadline": "אתמול"}, "is not a date"),
        ({"deadline": "2020-01-01"}, "has passed"),
        ({"start": "2099-01-01", "deadline": "2098-01-01"}, "before the start"),
        ({"mon": SCRIPT}, "Monday has"),
    ],
)
def test_what_cannot_be_meant_is_told_and_nothing_is_changed(client, learned, changed, words) -> None:
    told = client.post("/plan/", wish(**changed))

    page = told.content.decode()
    assert told.status_code == 422
    assert words in page.replace("&quot;", '"')
    assert "Nothing was changed yet" in page
    assert SCRIPT not in page
    assert learned.events == []


def test_what_was_typed_stays_in_a_form_that_is_shown_again(client) -> None:
    page = client.post("/plan/", wish(goal="own", part=["way"], fri="much", start="2099-01-01")).content.decode()

    assert 'value="much"' in page
    assert 'value="2099-01-01"' in page
    assert 'value="way" checked' in page


def test_a_newcomer_is_led_to_a_first_plan(client) -> None:
    page = page_of(client, "/plan/")

    assert "Make the plan" in page
    assert 'href="/start/"' in page
    assert "Next milestone" not in page


def test_the_next_milestone_comes_first_and_each_unit_has_its_range(client, learned) -> None:
    learned.planned()

    page = page_of(client, "/plan/")

    assert page.index("Next milestone") < page.index("The next two weeks") < page.index("The way there")
    assert "Finding the way" in page
    assert "Talking" in page
    (way, talk) = re.findall(r'<rect class="range" x="(\d+)" width="(\d+)"', page)
    assert int(way[0]) <= int(talk[0])
    assert re.search(r"\w{3} \d+ \w{3}( \d{4})? to \w{3} \d+ \w{3}", page)


def test_two_weeks_are_shown_day_by_day_with_what_they_are_for(client, learned) -> None:
    learned.planned(hours=1).read("way/which-way", days_ago=40)

    page = page_of(client, "/plan/")

    days = page[page.index('class="days"') : page.index("The way there")]
    assert days.count("<li class=") - days.count('<li class="kind-') - days.count('<li class="soft"') == 14
    assert "today" in days
    assert "1 h" in days
    assert "review" in days


def test_a_day_without_hours_is_free_and_holds_no_steps(client, learned) -> None:
    days = dict.fromkeys(WEEKDAYS, 0) | {"mon": 2}
    learned.tell("plan", 3, goal="path", hours=days, start="", deadline="")

    page = page_of(client, "/plan/")

    shown = page[page.index('class="days"') : page.index("The way there")]
    assert shown.count(">free<") == 12
    free = [part for part in shown.split("<li class=") if ">free<" in part]
    assert not any("kind-" in part for part in free)


def test_what_does_not_fit_before_the_deadline_is_said(client, learned) -> None:
    learned.planned(goal="path", hours=0.1, deadline=(TODAY + timedelta(3)).isoformat())

    page = page_of(client, "/plan/")

    assert "too soon at this pace" in page
    assert "hours a week" in page


def test_steps_of_another_unit_are_shown_when_asked_for(client, learned) -> None:
    learned.planned()

    first, opened = (
        page_of(client, address).partition('class="steps-of"')[2].partition("</ol>")[0]
        for address in ("/plan/", "/plan/?unit=talk")
    )

    assert "The way, watched" in first
    assert "A greeting" not in first
    assert "A greeting" in opened
    assert "The way, watched" not in opened
    assert SCRIPT not in page_of(client, f"/plan/?unit={SCRIPT}")


def test_the_calendar_file_is_that_of_the_terminal(client, learned, tmp_path) -> None:
    learned.planned()
    file = tmp_path / "plan.ics"
    terminal("plan", "--ics", str(file))

    answer = client.get("/plan.ics")

    assert answer.headers["Content-Type"].startswith("text/calendar")
    ours, its = Calendar.from_ical(answer.content), Calendar.from_ical(file.read_bytes())
    assert [e["summary"] for e in ours.walk("VEVENT")] == [e["summary"] for e in its.walk("VEVENT")]
    assert {str(e["uid"]) for e in ours.walk("VEVENT")} >= {"course-the-way-watched@firsthand"}
    assert all(isinstance(e["dtstart"].dt, date) for e in ours.walk("VEVENT"))


def test_a_goal_that_is_reached_as_far_as_anything_exists_says_so(client, learned) -> None:
    learned.planned(goal="talk").ran(
        "talk-greeting", "greets", "counts", whole=True, verdict="passed", skills=("TLK-01",), days_ago=2
    )
    learned.placed({"WAY-01": 0.99, "TLK-01": 0.99}, days_ago=1)

    for address in ("/plan/", "/next/"):
        page = page_of(client, address)
        assert "You have done all there is for your goal" in page
        assert "Set yourself another goal" in page


@pytest.mark.parametrize("goal", ["a unit that is gone", "", "path,", SCRIPT])
def test_a_history_whose_goal_is_gone_still_has_a_plan(client, learned, goal) -> None:
    learned.planned(goal=goal, deadline="never", start="9999-12-31")

    page = page_of(client, "/plan/")

    assert "A first job" in page
    assert SCRIPT not in page


def test_next_shows_three_choices_with_what_they_are_good_for(client, learned) -> None:
    learned.planned().watched("the-way-watched", days_ago=0.1)

    page = page_of(client, "/next/")

    assert page.index("Recommended") < page.index("Another way") < page.index("Nothing to review today")
    assert "proves TLK-01" in page
    assert 'href="/lab/talk-greeting/"' in page
    assert 'href="/lesson/way/which-way/"' in page
    assert 'href="/review/?skill=WAY-02"' in page


def test_a_course_is_a_choice_that_says_what_it_teaches_and_what_waits_for_it(client, learned) -> None:
    learned.planned().watched("the-way-watched", "watching", seconds=600)

    page = page_of(client, "/next/")

    assert "teaches WAY-01" in page
    assert "steps of your plan wait for it" in page
    assert 'href="https://example.org/way"' in page
    assert "from 0:10:00" in page


def test_next_says_the_same_as_the_terminal(client, learned) -> None:
    learned.planned().watched("the-way-watched", days_ago=0.1)
    told = terminal("next")

    page = page_of(client, "/next/")

    titles = re.findall(r"(?m)^\d  (?:Or: )?(?:Learn|Watch|Lab|Answer) (.*)$", told)
    assert len(titles) == 2
    assert all(title in page for title in titles)


def test_next_leads_to_the_lab_when_all_it_stands_on_is_known(client, learned) -> None:
    learned.planned(goal="talk").placed({"WAY-01": 0.99, "TLK-01": 0.99})

    page = page_of(client, "/next/")
    assert "Begin the lab" in page
    learned.began("talk-greeting")

    assert "Go on with the lab" in page_of(client, "/next/")
    assert 'href="/lab/talk-greeting/"' in page


def test_next_counts_the_reviews_that_are_due(client, learned) -> None:
    learned.planned(hours=2).read("way/which-way", days_ago=60)

    page = page_of(client, "/next/")

    assert "2 skills to bring back to mind" in page
    assert 'href="/review/"' in page


@pytest.mark.parametrize("address", ["/next/", "/review/"])
def test_before_there_is_any_history_one_is_led_to_the_beginning(client, address) -> None:
    page = page_of(client, address)

    assert "Nothing is known about you yet" in page
    assert 'href="/start/"' in page
