"""A lesson as a page: its text, what it teaches, questions on it, where it leads, and that it was read."""

import pytest

from firsthand.study import library

LESSON = "/lesson/way/which-way/"


@pytest.fixture
def write_lesson(small_content):
    def write(text: str, *, title: str = "Which way", teaches: str = '"WAY-01", "WAY-02"') -> None:
        file = small_content / "small/units/way/lessons/01-which-way.md"
        file.write_text(f'+++\ntitle = "{title}"\nminutes = 10\nteaches = [{teaches}]\n+++\n\n{text}')
        library.forget()

    return write


def page_of(client, address: str = LESSON) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_lesson_is_shown_with_its_text_and_what_it_teaches(client, small_content) -> None:
    page = page_of(client)

    assert '<h1 dir="auto">Which way</h1>' in page
    assert "Go <strong>this</strong> way." in page
    assert "10 minutes" in page
    assert 'href="/unit/way/#WAY-01"' in page
    assert '<a href="/unit/way/">Finding the way</a>' in page


def test_questions_on_it_can_be_answered_in_place(client, small_content) -> None:
    page = page_of(client)

    assert 'action="/question/WAY-01.1/"' in page
    assert 'action="/question/WAY-02.1/"' in page
    assert "WAY-03.1" not in page, "it does not teach that"


def test_marking_it_as_read_is_kept_once(client, small_content, learned) -> None:
    assert "Mark as read" in page_of(client)
    answer = client.post(f"{LESSON}read/")
    assert answer.headers["Location"] == f"{LESSON}#done"
    client.post(f"{LESSON}read/")

    assert learned.data("lesson") == [{"lesson": "way/which-way", "state": "read"}]
    assert "You read this on " in page_of(client)
    assert "Mark as read" not in page_of(client)


def test_reading_in_the_terminal_is_seen_here(client, small_content, learned) -> None:
    learned.read("way/which-way", days_ago=0)
    assert "You read this on " in page_of(client)


def test_reading_teaches_its_skills(client, small_content) -> None:
    client.post(f"{LESSON}read/")
    assert page_of(client, "/unit/way/").count('is-taught"') == 2


def test_a_lesson_leads_to_the_labs_that_prove_what_it_teaches(client, write_lesson) -> None:
    write_lesson("Text.", teaches='"TLK-01"')
    page = page_of(client)

    assert "The labs this leads to" in page
    assert '<a href="/lab/talk-greeting/">A greeting</a>' in page


def test_lessons_follow_each_other_over_units(client) -> None:
    lessons = library.catalogue().lessons()
    page = page_of(client, f"/lesson/{lessons[1].id}/")

    assert f'rel="prev" href="/lesson/{lessons[0].id}/"' in page
    assert f'rel="next" href="/lesson/{lessons[2].id}/"' in page
    assert 'rel="prev"' not in page_of(client, f"/lesson/{lessons[0].id}/")
    assert 'rel="next"' not in page_of(client, f"/lesson/{lessons[-1].id}/")


def test_every_lesson_of_the_path_is_a_page(client) -> None:
    lessons = library.catalogue().lessons()

    assert len(lessons) >= 30
    for lesson in lessons:
        page = page_of(client, f"/lesson/{lesson.id}/")
        assert page.count("<h1") == 1
        assert page.count("<div") == page.count("</div>"), lesson.id
        assert "style=" not in page


def test_a_hostile_lesson_does_no_harm(client, write_lesson) -> None:
    write_lesson(
        "<script>alert(1)</script>\n\n[x](javascript:alert(2)) <img src=x onerror=alert(3)>\n\n"
        "```html\n<script>alert(4)</script>\n```\n",
        title="<script>alert(5)</script> & الدرس",
    )
    page = page_of(client)

    assert "<script>" not in page
    assert "javascript:alert(2)" not in page.replace("[x](javascript:alert(2))", "")
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(5)&lt;/script&gt; &amp; الدرس" in page


@pytest.mark.parametrize("address", ["/lesson/way/nothing/", "/lesson/no/which-way/", "/lesson/%00/%3Cb%3E/"])
def test_a_lesson_that_is_not_there_is_a_clear_page(client, small_content, address) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert "There is no such page" in answer.content.decode()
    assert client.post(f"{address}read/").status_code == 404


def test_the_path_s_own_lesson_stands_before_all_units(client) -> None:
    page = page_of(client, "/lesson/backend/what-back-end-development-is/")
    assert "Before all units" in page


def test_a_unit_shows_why_skills_lessons_courses_and_labs(client, small_content, learned) -> None:
    learned.watched("the-way-watched", "watching", 600)
    page = page_of(client, "/unit/way/")

    assert "Who knows the way does not get lost." in page
    assert [page.index(f'id="WAY-0{n}"') for n in range(1, 6)] == sorted(
        page.index(f'id="WAY-0{n}"') for n in range(1, 6)
    )
    assert '<a href="/lesson/way/which-way/">Which way</a>' in page
    assert '<a href="/courses/#the-way-watched">The way, watched</a>' in page
    assert "0:10:00 watched" in page
    assert "No lab: questions are enough here." in page


def test_a_unit_says_by_what_a_skill_is_in_its_state(client, small_content, learned) -> None:
    learned.ran("talk-greeting", "greets", "counts", whole=True, skills=("TLK-01",), run="20261101-000001-abcd")
    page = page_of(client, "/unit/talk/")

    assert '<a href="/run/20261101-000001-abcd/">lab talk-greeting</a>' in page
    assert "lab passed, without hints" in page
    assert "Passed: " in page


def test_answers_and_lessons_are_evidence_with_a_way_to_them(client, small_content, learned) -> None:
    learned.placed({"WAY-01": 0.6}).read("way/which-way").answered("WAY-01.1", "wrong")
    page = page_of(client, "/unit/way/")

    assert '<a href="/lesson/way/which-way/">lesson way/which-way</a>' in page
    assert '<a href="/question/WAY-01.1/">question WAY-01.1</a>' in page
    assert "placement" in page
    assert "answered wrong" in page


def test_a_unit_without_lessons_is_whole_too(client, small_content) -> None:
    page = page_of(client, "/unit/talk/")

    assert "There is no lesson here yet." in page
    assert "No course of ours or of the playlist is about it." in page
    assert '<a href="/lab/talk-greeting/">A greeting</a>' in page


def test_planned_labs_are_named_and_not_recommended(client) -> None:
    path = library.path()
    planned = next(lab for lab in path.planned if lab.unit == "net")
    page = page_of(client, "/unit/net/")

    assert planned.title in page
    assert f"/lab/{planned.id}/" not in page
    assert '<span class="tag">planned</span>' in page


def test_every_unit_of_the_path_is_a_page(client, learned) -> None:
    learned.planned().placed({c.id: 0.5 for unit in library.path().units for c in unit.competencies})
    for unit in library.path().units:
        assert page_of(client, f"/unit/{unit.id}/").count("<h1") == 1


def test_a_unit_that_is_not_there_is_a_clear_page(client) -> None:
    assert client.get("/unit/nothing/").status_code == 404
